package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// chooseColumns sends the form of the page with these columns left out.
func chooseColumns(c *webtest.Client, p *webtest.Page, hidden ...string) *webtest.Page {
	form := p.Find(`form[action="/lists/columns"]`)
	values := url.Values{}
	form.Find("input").Each(func(_ int, input *goquery.Selection) {
		name, value := input.AttrOr("name", ""), input.AttrOr("value", "")
		if name == "show" && strings.Contains(" "+strings.Join(hidden, " ")+" ", " "+value+" ") {
			return
		}
		values.Add(name, value)
	})
	return c.Post("/lists/columns", values)
}

func TestAReaderHidesColumns(t *testing.T) {
	w := newWorld(t)
	w.fillLists()
	buyer := w.SignIn(models.RoleProcurement)
	answer := chooseColumns(buyer, buyer.Get("/approvals?sort=-value"), "dc", "basis")
	to := answer.Header.Get("Location")
	if answer.Status != http.StatusSeeOther || to != "/approvals?hide=basis%2Cdc&sort=-value" {
		t.Fatalf("%d to %q", answer.Status, to)
	}
	heads := func(c *webtest.Client, path string) string { return c.Get(path).Find("#approvals-table thead").Text() }
	for name, path := range map[string]string{"where the choice led": to, "remembered": "/approvals"} {
		if got := heads(buyer, path); strings.Contains(got, "DC") || strings.Contains(got, "Basis") || !strings.Contains(got, "Item") {
			t.Errorf("%s: the columns are %s", name, got)
		}
	}
	page := buyer.Get("/approvals")
	if cells := page.Find("#approvals-table tbody tr").First().Children().Length(); cells != page.Find("#approvals-table thead th").Length() {
		t.Errorf("%d cells under %d headings", cells, page.Find("#approvals-table thead th").Length())
	}
	if got := heads(buyer, "/approvals?hide=value"); !strings.Contains(got, "DC") || strings.Contains(got, "Value") {
		t.Errorf("an address with columns of its own shows %s", got)
	}
	if got := heads(w.SignIn(models.RolePlanner), "/approvals"); !strings.Contains(got, "DC") {
		t.Errorf("another account sees %s", got)
	}
	if got := heads(buyer, "/approvals?hide=id"); !strings.Contains(got, "Id") {
		t.Errorf("what says which row it is can be hidden: %s", got)
	}
	if to := chooseColumns(buyer, page).Header.Get("Location"); to != "/approvals" {
		t.Errorf("all columns again lead to %q", to)
	}
	if got := heads(buyer, "/approvals"); !strings.Contains(got, "DC") {
		t.Errorf("all columns again: %s", got)
	}
}

func TestAViewIsSavedSharedRenamedAndDeleted(t *testing.T) {
	w := newWorld(t)
	w.fillLists()
	buyer, planner := w.SignIn(models.RoleProcurement), w.SignIn(models.RolePlanner)
	page := buyer.Get("/approvals?dc=LEE&sort=-value&open=R-1")
	if p := submit(buyer, page, "/lists/views", "name", "  Leeds by   value ", "seen", "me"); p.Status != http.StatusOK {
		t.Fatalf("save: %d %s", p.Status, p.Text())
	}
	link := func(c *webtest.Client) *goquery.Selection {
		return c.Get("/approvals").Find(".list-tools li.menu-row a")
	}
	if a := link(buyer); a.Text() != "Leeds by value" || a.AttrOr("href", "") != "/approvals?dc=LEE&sort=-value" {
		t.Fatalf("the view %q leads to %q", a.Text(), a.AttrOr("href", ""))
	}
	if p := submit(buyer, page, "/lists/views", "name", "Leeds by value", "seen", "me"); p.Status != http.StatusConflict {
		t.Errorf("a second view of the name: %d", p.Status)
	}
	if p := submit(buyer, page, "/lists/views", "name", " ", "seen", "me"); p.Status < 400 || p.Status >= 500 {
		t.Errorf("a view without a name: %d", p.Status)
	}
	if p := submit(buyer, page, "/lists/views", "name", "x", "list", "/nowhere"); p.Status < 400 || p.Status >= 500 {
		t.Errorf("a view of no list: %d", p.Status)
	}
	action := func(verb string) string {
		return buyer.Get("/approvals").Find(`.list-tools form[action$="/`+verb+`"]`).AttrOr("action", "")
	}
	if rows := w.count(`SELECT count(*) FROM audit WHERE action LIKE 'view.%'`); rows != 0 {
		t.Errorf("%d audit rows about a view of one's own", rows)
	}
	colleague := w.second(models.RoleProcurement)
	if link(colleague).Length() != 0 {
		t.Error("a colleague sees a view that is not shared")
	}
	if p := submit(buyer, page, action("change"), "name", "Leeds first", "seen", "team"); p.Status != http.StatusOK {
		t.Fatalf("share: %d %s", p.Status, p.Text())
	}
	if a := link(colleague); a.Text() != "Leeds first" || colleague.Get("/approvals").Find(`.list-tools form[action*="/views/"]`).Length() != 0 {
		t.Errorf("a colleague sees %q and may change it", a.Text())
	}
	if link(planner).Length() != 0 {
		t.Error("another role sees it")
	}
	if p := colleague.Post(action("delete"), url.Values{}); p.Status != http.StatusNotFound {
		t.Errorf("a colleague deletes it: %d", p.Status)
	}
	if p := submit(buyer, page, action("delete")); p.Status != http.StatusOK || link(colleague).Length() != 0 {
		t.Errorf("delete: %d", p.Status)
	}
	if rows := w.count(`SELECT count(*) FROM audit WHERE action IN ('view.change', 'view.delete')`); rows != 2 {
		t.Errorf("%d audit rows about a shared view, want 2", rows)
	}
}

// second is another account of a role.
func (w *world) second(role models.Role) *webtest.Client {
	w.t.Helper()
	user := models.User{Name: "second-" + string(role), FullName: "Second", Role: role}
	if _, err := app.AddUser(w.t.Context(), w.DB, user, webtest.Password); err != nil {
		w.t.Fatal(err)
	}
	c := w.Stranger()
	c.Post("/sign-in", url.Values{"name": {user.Name}, "password": {webtest.Password}})
	return c
}

func (w *world) count(sql string) (n int) {
	w.t.Helper()
	if err := w.DB.Pool.QueryRow(w.t.Context(), sql).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
