package webtest_test

import (
	"net/http"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestForecastRevisionsOnTimeLeadToTheChainOfTheLateOnes(t *testing.T) {
	w := webtest.Start(t)
	for _, statement := range []string{
		`INSERT INTO locations VALUES ('LON', 'London', 'UTC', 1, gen_random_uuid(), 1, now())`,
		`INSERT INTO forecast_revisions VALUES ('A1', 'LON', 7, 'r', 'ses', '1', 'day', '2026-02-01', '{1,2}', 'EA', NULL, 3, true, gen_random_uuid(),
			now() - interval '2 hours', now() - interval '2 hours', now() - interval '2 hours', 1)`,
	} {
		if _, err := w.DB.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	it := w.SignIn(models.RoleIT)
	href, _ := it.Get("/windows").Find("a[href='/influence/on-time']").Attr("href")
	p := it.Get(href)
	see(t, p, "#windows", "LON")
	see(t, p, "#late", "overdue")
	see(t, p, "#late", "not yet")
	if chain, _ := p.Find("#late a.row-link").Attr("href"); chain != "/chain?q=A1%40LON%237" {
		t.Errorf("the late revision leads to %q", chain)
	}
	see(t, it.Get("/influence/on-time?period=1h"), "#on-time", "None was late")
	if p := w.SignIn(models.RolePlanner).Get("/influence"); p.Status != http.StatusOK || p.Find("a[href='/influence/on-time']").Length() != 1 {
		t.Error("the influence board does not lead there")
	}
}
