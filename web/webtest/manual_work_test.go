package webtest_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestManualWorkLeadsToItsRowsOfTheAuditTrail(t *testing.T) {
	w := webtest.Start(t)
	it := w.SignIn(models.RoleIT)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO audit (at, actor, action, subject) VALUES (now(), 'test-it', 'event.edit', 'event:7'), (now(), 'test-it', 'event.edit', 'event:7')`)
	if err != nil {
		t.Fatal(err)
	}
	p := it.Get("/manual-work")
	row := p.Find("#work tbody tr[id^='work-event.edit']").Text()
	for _, want := range []string{"Edit and replay an event", "IT", "30", "50 %"} {
		if !strings.Contains(row, want) {
			t.Errorf("%q is not in %q", want, row)
		}
	}
	href, _ := p.Find("#work a.row-link").First().Attr("href")
	if rows := it.Get(href).Find("#trail tbody tr[id]").Length(); rows != 2 {
		t.Errorf("%q shows %d rows of the trail", href, rows)
	}
	see(t, it.Get("/manual-work?role=planner"), "#manual-work", "Nothing was done by hand")
	if p := w.SignIn(models.RolePlanner).Get("/manual-work"); p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
		t.Errorf("a planner gets %d", p.Status)
	}
}
