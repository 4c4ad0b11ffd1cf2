package webtest_test

import (
	"net/http"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestCapabilitiesTellWhoAnswersAndWhoLivesOnThem(t *testing.T) {
	w := webtest.Start(t)
	it := w.SignIn(models.RoleIT)
	for _, statement := range []string{
		`INSERT INTO owners (entity, record, source) VALUES ('inventory', '', 'erp')`,
		`INSERT INTO subscriptions (name, url, secret, types) VALUES ('lake', 'https://lake.example', 's', '{throughline.inventory.balance.v1}')`,
	} {
		if _, err := w.DB.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	// The watch closes at its next look what stands for nothing.
	fails := func() {
		t.Helper()
		_, err := w.DB.Pool.Exec(t.Context(), `
			INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, source, value_at_risk, opened_at, last_seen_at, ack_due_at, resolve_due_at)
			VALUES ('TRF-07', 'it', 'transformation', gen_random_uuid()::text, 'An event cannot be applied', 'H', 'new', 'P3', 'C3', 'w', 'erp', 120, now(), now(), now(), now())`)
		if err != nil {
			t.Fatal(err)
		}
	}
	fails()
	p := it.Get("/capabilities")
	if rows := p.Find("#capabilities-table tbody tr[id]").Length(); rows != 5 {
		t.Errorf("%d capabilities, want five", rows)
	}
	for _, text := range []string{"IT", "erp", "lake", "120"} {
		see(t, p, "#capability-inventory", text)
	}
	see(t, p, "#capability-items", "undecided")
	see(t, p, "#capability-items", "nobody")
	fails()
	p = it.Get("/capabilities?open=inventory")
	see(t, p, "#panel", "inventory.balance")
	for _, link := range []string{"#panel a[href^='/contracts/']", "#panel a[href='/routes/lake']", "#capability-groups a"} {
		href, _ := p.Find(link).First().Attr("href")
		if to := it.Get(href); to.Status != http.StatusOK {
			t.Errorf("%s leads to %q, which answers %d", link, href, to.Status)
		}
	}
	if p := w.SignIn(models.RolePlanner).Get("/capabilities"); p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
		t.Errorf("a planner gets %d", p.Status)
	}
}
