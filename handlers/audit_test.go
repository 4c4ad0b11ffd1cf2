package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
)

// audited stores rows about each kind of thing, the last one an edit of an event.
func (w *world) audited() {
	w.exec(`INSERT INTO audit (at, actor, action, subject, reason, before, after) VALUES
		($1::timestamptz - interval '3 hours', 'bea', 'proposal.approved', 'recommendation:R-1', 'needed', '{"State": "waiting", "Quantity": "240"}', '{"State": "approved", "Quantity": "240"}'),
		($1::timestamptz - interval '2 hours', 'ivo', 'route.pause', 'route:lake', 'it floods', '{"state": "active"}', '{"state": "paused"}'),
		($1::timestamptz - interval '1 hour', 'ivo', 'event.edit', 'event:7', 'a typing error', '{"state": "parked"}', '{"state": "applied", "patch": [{"op": "replace", "value": "4711"}]}')`, w.now)
}

func TestTheTrailShowsWhoDidWhatAndWhy(t *testing.T) {
	w := newWorld(t)
	w.audited()
	it := w.SignIn(models.RoleIT)
	rows := func(query string) (all []string) {
		p := it.Get("/audit" + query)
		for i := range p.Find("#trail tbody tr").Length() {
			row, words := p.Find("#trail tbody tr").Eq(i).Find("td"), []string(nil)
			for j := range row.Length() {
				words = append(words, strings.TrimSpace(row.Eq(j).Text()))
			}
			all = append(all, strings.Join(words, " "))
		}
		return all
	}
	for query, want := range map[string]struct {
		rows  int
		first string
	}{
		"":                                {5, "User: add"}, // the first account and the reader's own
		"?actor=ivo":                      {2, "Event: edit"},
		"?action=route.":                  {1, "Route: pause route lake it floods"},
		"?subject=r-1":                    {1, "recommendation R-1"},
		"?subject=event:7":                {1, "a typing error"},
		"?actor=nobody":                   {0, ""},
		"?from=2020-01-01&to=2020-01-02":  {0, ""},
		"?actor=bea&action=proposal.&to=": {1, "bea Proposal: approved"},
	} {
		got := rows(query)
		if len(got) != want.rows || want.rows > 0 && !strings.Contains(got[0], want.first) {
			t.Errorf("%q shows %q, want %d rows with %q first", query, got, want.rows, want.first)
		}
	}
	if p := it.Get("/audit?from=yesterday"); p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a time that is none is answered with %d", p.Status)
	}
}

func TestTheTrailIsPaged(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO audit (at, actor, action, subject) SELECT $1::timestamptz - n * interval '1 minute', 'ann', 'exception.assign', 'exception:' || n FROM generate_series(1, 70) AS n`, w.now)
	it := w.SignIn(models.RoleIT)
	first := it.Get("/audit?actor=ann")
	next, ok := first.Find(".pager a[rel=next]").Attr("href")
	if !ok || first.Find("#trail tbody tr").Length() != 50 {
		t.Fatalf("the first page has %d rows, next: %t", first.Find("#trail tbody tr").Length(), ok)
	}
	second := it.Get(next)
	if n := second.Find("#trail tbody tr").Length(); n != 20 || second.Find(".pager a[rel=next]").Length() != 0 {
		t.Errorf("the second page has %d rows, want 20 and no more", n)
	}
}

func TestARowOfTheTrailSetsBeforeBesideAfter(t *testing.T) {
	w := newWorld(t)
	w.audited()
	it, executive := w.SignIn(models.RoleIT), w.SignIn(models.RoleExecutive)
	opened := func(p interface{ Text() string }) string { return strings.Join(strings.Fields(p.Text()), " ") }
	list := it.Get("/audit?subject=R-1")
	row, _ := list.Find("#trail a.row-link").Attr("href")
	p := it.Get(row)
	lines := opened(p.Find("#difference tbody tr").Eq(0)) + " " + opened(p.Find("#difference tbody tr").Eq(1))
	if want := "Statewaitingapprovedchanged Quantity240240"; lines != want {
		t.Errorf("the difference reads %q, want %q", lines, want)
	}
	if to, _ := p.Find("#panel a[href^='/chain']").Attr("href"); to != "/chain?q=R-1" {
		t.Errorf("its recommendation stands at %q", to)
	}
	edit, _ := it.Get("/audit?action=event.edit").Find("#trail a.row-link").Attr("href")
	if !strings.Contains(opened(it.Get(edit).Find("#difference")), "4711") {
		t.Error("IT is not shown what was edited")
	}
	shown := executive.Get(edit)
	if text := opened(shown.Find("#difference")); strings.Contains(text, "4711") || !strings.Contains(text, "payloads are for IT") {
		t.Errorf("an executive reads %q", text)
	}
	if links := executive.Get("/audit?action=route.").Find("#trail a[href^='/routes']").Length(); links != 0 {
		t.Error("an executive is led to a route, which they may not open")
	}
	if p := it.Get("/audit?open=0"); p.Status != http.StatusOK || !strings.Contains(opened(p.Find("#panel")), "no such row") {
		t.Errorf("a row that is none is answered with %d", p.Status)
	}
}

func TestTheTrailIsForITAndExecutives(t *testing.T) {
	w := newWorld(t)
	w.audited()
	for role, want := range map[models.Role]int{
		models.RolePlanner: http.StatusForbidden, models.RoleProcurement: http.StatusForbidden, models.RoleIT: http.StatusOK,
		models.RoleExecutive: http.StatusOK, models.RoleAdmin: http.StatusOK,
	} {
		c := w.SignIn(role)
		if p := c.Get("/audit"); p.Status != want || (c.Get("/overview").Find("#nav a[href='/audit']").Length() == 1) != (want == http.StatusOK) {
			t.Errorf("%s gets %d, want %d, and is offered it accordingly", role, p.Status, want)
		}
		if p := c.Get("/api/v1/audit/export?actor=ivo"); p.Status != want || want == http.StatusOK && !strings.HasSuffix(p.Body, `{"rows":2}`+"\n") {
			t.Errorf("%s exports %d %s, want %d", role, p.Status, p.Body, want)
		}
	}
}

func TestADecisionLeadsToItsAuditRow(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	w.exec(`INSERT INTO decisions (recommendation, verdict, actor, by_policy, reason, quantity, decided_at) VALUES ('R-1', 'recompute', 'bea', false, 'too much', 240, $1)`, w.now)
	for role, want := range map[models.Role]int{models.RoleExecutive: 1, models.RolePlanner: 0} {
		c := w.SignIn(role)
		step, ok := c.Get("/chain?q=R-1").Find("a[href*='node=decision']").Attr("href")
		if !ok {
			t.Fatal("the decision cannot be opened")
		}
		if n := c.Get(step).Find("#panel a[href='/audit?subject=recommendation%3AR-1']").Length(); n != want {
			t.Errorf("%s is led to the trail %d times, want %d", role, n, want)
		}
	}
}
