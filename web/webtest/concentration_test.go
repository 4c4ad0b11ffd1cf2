package webtest_test

import (
	"net/http"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestConcentrationCountsEachItemOnceAtItsLargest(t *testing.T) {
	w := webtest.Start(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, content_hash, seq, updated_at)
			VALUES ('S-1', 'Hearts Ltd', 5, '15:00', 'EUR', 1, gen_random_uuid(), 1, now());
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
			VALUES ('A', 'Heart', 'EA', 1, 1, 5, 9, 'EUR', 'A', 'S-1', 1, gen_random_uuid(), 1, now());
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, supplier, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
		SELECT 'BIZ-01', 'planner', 'business', 'k' || n, 't', 'h', 'new', 'P2', 'C2', 'w', item, dc, supplier, value, 'EUR', now(), now(), now(), now()
		FROM (VALUES (1, 'A', 'LON', 'S-1', 400), (2, 'A', 'LON', 'S-1', 900), (3, 'B', 'YRK', 'S-1', 50), (4, 'C', 'YRK', '', 50)) AS x (n, item, dc, supplier, value);
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at, shelved_until)
			VALUES ('BIZ-01', 'planner', 'business', 'k9', 't', 'h', 'new', 'P2', 'C2', 'w', 'D', 'LON', 7000, 'EUR', now(), now(), now(), now(), now() + interval '1 hour');
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
			VALUES ('BIZ-01', 'planner', 'business', 'k10', 't', 'h', 'new', 'P2', 'C2', 'w', 'E', 'LON', 3000, 'USD', now(), now(), now(), now())`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RolePlanner).Get("/concentration")
	see(t, p, ".figures", "without 1 item in another currency")
	see(t, p, "#dcs-LON", "900")
	see(t, p, "#dcs-LON", "90 %")
	see(t, p, "#suppliers-S-1", "95 %")
	see(t, p, "#suppliers-", "not known")
	if first, _ := p.Find("#dcs tbody tr").First().Attr("id"); first != "dcs-LON" {
		t.Errorf("the first is %s", first)
	}
	if href := p.Find("#suppliers-S-1 a.row-link").AttrOr("href", ""); href != "/exceptions?text=S-1" {
		t.Errorf("a supplier leads to %q", href)
	}
	if p := w.SignIn(models.RoleIT).Get("/concentration"); p.Status != http.StatusForbidden {
		t.Errorf("IT gets %d", p.Status)
	}
}
