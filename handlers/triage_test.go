package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/web/webtest"
)

// choose sends the bar of IT's queue as it stands for an address, with what is ticked of its rows.
func choose(c *webtest.Client, address, action string, tick func(title string) bool, with ...string) *webtest.Page {
	p := c.Get(address)
	values := url.Values{"action": {action}}
	p.Find("#picks input[type=hidden]").Each(func(_ int, input *goquery.Selection) {
		values.Set(input.AttrOr("name", ""), input.AttrOr("value", ""))
	})
	p.Find("#queue tbody tr").Each(func(_ int, row *goquery.Selection) {
		if tick(row.Text()) {
			values.Add("id", row.Find("input[form=picks]").AttrOr("value", ""))
		}
	})
	for i := 0; i+1 < len(with); i += 2 {
		values.Set(with[i], with[i+1])
	}
	return c.Post("/triage", values)
}

// planned is the preview to which a choice leads.
func planned(t *testing.T, c *webtest.Client, answer *webtest.Page) (address string, preview *webtest.Page) {
	t.Helper()
	address = answer.Header.Get("Location")
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(address, "/triage/") {
		t.Fatalf("the choice is answered with %d to %q: %s", answer.Status, address, answer.Find(".failure").Text())
	}
	return address, c.Get(address)
}

// figure is a number of the page of a triage.
func figure(p *webtest.Page, id string) string {
	number, _, _ := strings.Cut(squeezed(p, "#"+id+" .figure-value"), " ")
	return number
}

func titled(key string) func(string) bool {
	return func(row string) bool { return strings.Contains(row, key) }
}

const lately = "/exceptions/it?code=TRF-03&each=1"

func TestTickedExceptionsAreAcknowledgedOnceAndTakenBack(t *testing.T) {
	w := newWorld(t)
	w.standingExceptions("mine", 3)
	w.standingExceptions("other", 2)
	it := w.SignIn(models.RoleIT)
	address, preview := planned(t, it, choose(it, lately, "acknowledge", titled("mine ")))
	if n := figure(preview, "open"); n != "3" {
		t.Fatalf("the preview would change %q: %s", n, preview.Find("main").Text())
	}
	if facts := squeezed(preview, "#chosen-facts"); !strings.Contains(facts, "P3 3") || !strings.Contains(facts, "TRF-03") {
		t.Errorf("the preview says %s", facts)
	}
	if n := w.count(`SELECT count(*) FROM exceptions WHERE state <> 'new'`); n != 0 {
		t.Fatalf("a preview changed %d", n)
	}
	done := submit(it, preview, address+"/run")
	if done.Status != http.StatusOK || !strings.Contains(done.Text(), "3 exceptions: 3 done.") {
		t.Fatalf("%d %s", done.Status, done.Text())
	}
	again := submit(it, preview, address+"/run")
	if again.Status != http.StatusOK || !strings.Contains(again.Text(), "3 exceptions: 3 done.") {
		t.Errorf("a second submit: %d %s", again.Status, again.Text())
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'exception.acknowledge' AND reason = '' AND after->>'triage' IS NOT NULL`); n != 3 {
		t.Errorf("%d audit rows of single changes, want 3", n)
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'triage.acknowledge'`); n != 1 {
		t.Errorf("%d audit rows of the whole, want 1", n)
	}
	if n := w.count(`SELECT count(*) FROM exceptions WHERE state = 'acknowledged' AND dedupe_key LIKE 'mine%'`); n != 3 {
		t.Errorf("%d are acknowledged", n)
	}
	undone := submit(it, done, address+"/undo")
	if undone.Status != http.StatusOK || !strings.Contains(undone.Text(), "3 taken back") {
		t.Fatalf("undo: %d %s", undone.Status, undone.Text())
	}
	if n := w.count(`SELECT count(*) FROM exceptions WHERE state = 'new' AND acknowledged_at IS NULL`); n < 5 {
		t.Errorf("%d are new again", n)
	}
	if n := figure(it.Get(address), "undone"); n != "3" {
		t.Errorf("the page says %q were taken back", n)
	}
}

func TestAllThatMatchAreShelvedButForWhatMayNotBe(t *testing.T) {
	w := newWorld(t)
	w.standingExceptions("queued", 60)
	w.exec(`UPDATE exceptions SET priority = 'P1' WHERE dedupe_key = 'queued1'`)
	it, other := w.SignIn(models.RoleIT), w.second(models.RoleIT)
	none := func(string) bool { return false }
	address, preview := planned(t, it, choose(it, lately, "shelve", none, "scope", "all"))
	if open, urgent := figure(preview, "open"), figure(preview, "urgent"); open != "59" || urgent != "1" {
		t.Fatalf("the preview: %s to be shelved, %s never", open, urgent)
	}
	taken := fmt.Sprintf("/exceptions/%d", w.count(`SELECT id FROM exceptions WHERE dedupe_key = 'queued2'`))
	submit(other, other.Get(taken), taken+"/acknowledge")
	if p := submit(it, preview, address+"/run", "for", "2h"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d %s", p.Status, p.Text())
	}
	if p := submit(it, preview, address+"/run", "for", "3d", "reason", "later"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("for ever: %d %s", p.Status, p.Text())
	}
	done := submit(it, preview, address+"/run", "for", "2h", "reason", "the feed is down")
	if want := "60 exceptions: 58 done, 1 changed meanwhile, 1 P1, never shelved."; done.Status != http.StatusOK || !strings.Contains(done.Text(), want) {
		t.Fatalf("%d %s, want %s", done.Status, done.Text(), want)
	}
	page := it.Get(address + "?show=changed")
	if row := squeezed(page, "#triaged tbody"); !strings.Contains(row, "queued 2") || !strings.Contains(row, "acknowledged by second-it") || page.Find("#triaged tbody tr").Length() != 1 {
		t.Errorf("what was changed meanwhile: %s", row)
	}
	if href := page.Find("#triaged tbody a.row-link").AttrOr("href", ""); href != taken {
		t.Errorf("it leads to %q", href)
	}
	if n := w.count(`SELECT count(*) FROM exceptions WHERE shelved_until > now() + interval '119 minutes'`); n != 58 {
		t.Errorf("%d are shelved", n)
	}
	submit(other, other.Get("/exceptions/it?view=shelved"), exceptionOf(w, "queued9")+"/unshelve", "version", "2")
	undone := submit(it, done, address+"/undo")
	if !strings.Contains(undone.Text(), "1 done, 57 taken back") {
		t.Errorf("undo after somebody changed one: %s", undone.Text())
	}
}

func exceptionOf(w *world, key string) string {
	return fmt.Sprintf("/exceptions/%d", w.count(`SELECT id FROM exceptions WHERE dedupe_key = '`+key+`'`))
}

func TestManyAreAssignedToWhoeverMayWorkOnThem(t *testing.T) {
	w := newWorld(t)
	w.standingExceptions("both", 2)
	w.standingExceptions("own", 1)
	w.exec(`UPDATE exceptions SET also_team = '' WHERE dedupe_key LIKE 'own%'`)
	w.SignIn(models.RoleProcurement)
	w.SignIn(models.RoleExecutive)
	it := w.SignIn(models.RoleIT)
	all := func(string) bool { return true }
	address, preview := planned(t, it, choose(it, lately, "assign", all))
	options := squeezed(preview, "#assign-triage option")
	if !strings.Contains(options, "(test-procurement): 2 of 3") || strings.Contains(options, "executive") {
		t.Errorf("offered are %s", options)
	}
	if p := submit(it, preview, address+"/run", "owner", "nobody"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("to somebody who is not: %d", p.Status)
	}
	done := submit(it, preview, address+"/run", "owner", "test-procurement")
	if !strings.Contains(done.Text(), "2 done, 1 not allowed") {
		t.Errorf("%d %s", done.Status, done.Text())
	}
	if n := w.count(`SELECT count(*) FROM exceptions WHERE owner = 'test-procurement' AND state = 'assigned' AND dedupe_key LIKE 'both%'`); n != 2 {
		t.Errorf("%d have the new owner", n)
	}
	if row := squeezed(it.Get(address+"?show=not_allowed"), "#triaged tbody"); !strings.Contains(row, "in no queue of test-procurement") {
		t.Errorf("why not: %s", row)
	}
}

func TestATriageNeverMeansEverything(t *testing.T) {
	w := newWorld(t)
	w.standingExceptions("queued", models.MaxTriage+1)
	it := w.SignIn(models.RoleIT)
	none := func(string) bool { return false }
	for name, answer := range map[string]*webtest.Page{
		"no filter":       choose(it, "/exceptions/it", "acknowledge", none, "scope", "all"),
		"a tab alone":     choose(it, "/exceptions/it?view=unowned", "acknowledge", none, "scope", "all"),
		"nothing ticked":  choose(it, lately, "acknowledge", none),
		"too many":        choose(it, lately, "acknowledge", none, "scope", "all"),
		"another action":  choose(it, lately, "resolve", none, "scope", "all"),
		"another list":    choose(it, lately, "acknowledge", none, "scope", "all", "list", "/approvals"),
		"no such ticks":   choose(it, lately, "acknowledge", none, "id", "x"),
		"a broken filter": choose(it, lately, "acknowledge", none, "scope", "all", "query", "%zz"),
	} {
		if answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	if bar := squeezed(it.Get(lately), "#picks"); !strings.Contains(bar, "501 match, and at most 500 are changed at once") {
		t.Errorf("the bar says %s", bar)
	}
	if n := w.count(`SELECT count(*) FROM triages`); n != 0 {
		t.Errorf("%d were stored", n)
	}
}

func TestATriageIsForThoseWhoWorkOnTheQueue(t *testing.T) {
	w := newWorld(t)
	w.standingExceptions("queued", 2)
	it, other, buyer, executive := w.SignIn(models.RoleIT), w.second(models.RoleIT), w.SignIn(models.RoleProcurement), w.SignIn(models.RoleExecutive)
	if p := executive.Get("/exceptions/procurement?view=also"); p.Find("#queue tbody tr").Length() < 2 || p.Find("#picks, [data-pick]").Length() != 0 {
		t.Error("an executive can tick what only others change")
	}
	form := url.Values{"action": {"acknowledge"}, "list": {"/exceptions/it"}, "query": {"code=TRF-03"}, "scope": {"all"}}
	for name, c := range map[string]*webtest.Client{"an executive": executive, "procurement": buyer} {
		if p := c.Post("/triage", form); p.Status != http.StatusForbidden {
			t.Errorf("%s plans for IT: %d", name, p.Status)
		}
	}
	address, preview := planned(t, it, it.Post("/triage", form))
	if p := submit(other, preview, address+"/run"); p.Status != http.StatusForbidden {
		t.Errorf("a colleague runs it: %d", p.Status)
	}
	if p := submit(it, preview, address+"/undo"); p.Status != http.StatusPreconditionFailed {
		t.Errorf("undone before it was done: %d", p.Status)
	}
	if p := it.Get("/triage/9999"); p.Status != http.StatusNotFound {
		t.Errorf("one that is not: %d", p.Status)
	}
	if p := buyer.Get(address); p.Status != http.StatusOK || p.Find("form[action$='/run']").Length() != 0 {
		t.Errorf("a colleague of another team sees it with %d", p.Status)
	}
}
