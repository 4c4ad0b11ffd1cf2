package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

const handWork = `
INSERT INTO users (name, full_name, role, password_hash) VALUES ('ben', 'Ben', 'procurement', 'x'), ('ivy', 'Ivy', 'it', 'x');
INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency, need_by, order_by,
	reason, basis_kind, content_hash, computed_at, received_at, seq)
VALUES ('R1', 'purchase', 'r1', 'A1', 'LON', 'S1', 100, 'EA', 2, 'GBP', '2026-02-05', '2026-02-02', 'cover', 'missing', gen_random_uuid(), now(), now(), 1);
INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, dc, opened_at, last_seen_at, ack_due_at, resolve_due_at, resolved_at)
SELECT 'WFL-01', 'it', 'workflow', 'again', 'T', 'H', 'resolved', false, 'P3', 'C3', 'w', 'MAN', at, at, at, at, at
FROM (VALUES ('2026-03-01T10:00:00Z'::timestamptz), ('2026-03-02T10:00:00Z')) AS v (at);
INSERT INTO orders (number, kind, supplier, dc, state, currency, ordered_at, version, content_hash, seq, applied_at)
SELECT 'PO' || n, 'purchase', 'S1', 'LON', 'open', 'GBP', '2026-03-02T09:00:00Z', 1, gen_random_uuid(), n, now() FROM generate_series(1, 4) n;
INSERT INTO audit (at, actor, action, subject, before, after) VALUES
	('2026-03-02T10:00:00Z', 'ben', 'proposal.approved', 'recommendation:R1', '{"Quantity":"100"}', '{"Quantity":"60"}'),
	('2026-03-02T10:01:00Z', 'policy', 'proposal.approved', 'recommendation:R2', '{"Quantity":"5"}', '{"Quantity":"5"}'),
	('2026-03-02T10:02:00Z', 'ivy', 'event.retry', 'event:9', '{"state":"parked"}', '{"state":"parked"}'),
	('2026-03-02T10:03:00Z', 'ivy', 'event.retry', 'event:9', '{"state":"parked"}', '{"state":"applied"}'),
	('2026-03-02T10:04:00Z', 'ivy', 'event.retry', 'event:10', '{"state":"parked"}', '{"state":"applied","run":3}'),
	('2026-03-02T10:05:00Z', 'ivy', 'exception.resolve', 'exception:2', NULL, NULL),
	('2026-03-02T10:06:00Z', 'ivy', 'replenishment.evaluate', 'item:A1@LON', NULL, '{"outcome":"asked"}'),
	('2026-03-02T10:06:01Z', 'ivy', 'replenishment.evaluate', 'item:A1@LON', NULL, '{"outcome":"done"}'),
	('2026-03-02T10:07:00Z', 'admin', 'user.add', 'user:ivy', NULL, NULL),
	('2026-03-02T10:08:00Z', 'console', 'thing.poke', 'thing:x', NULL, NULL),
	('2026-02-28T10:00:00Z', 'ivy', 'event.discard', 'event:1', NULL, NULL);`

func TestManualWorkIsCountedByTypeRoleAndDC(t *testing.T) {
	db := storetest.New(t)
	if _, err := db.Pool.Exec(t.Context(), handWork); err != nil {
		t.Fatal(err)
	}
	day := models.Period{From: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}
	count := func(f models.ManualWorkFilter) models.ManualWorkReport {
		t.Helper()
		report, err := store.NewAudit(db).ManualWork(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	all := count(models.ManualWorkFilter{Period: day})
	work := func(kind string) models.ManualWork {
		return find(t, all.Rows, kind, func(w models.ManualWork) bool { return w.Kind == kind })
	}
	if len(all.Rows) != 5 || all.Orders != 4 {
		t.Fatalf("%+v", all)
	}
	if w := work(models.WorkChangedQuantity); w.Count != 1 || w.Role != models.RoleProcurement || w.Avoidable != 0 || w.PersonMinutes() != w.Minutes {
		t.Errorf("another quantity: %+v", w)
	}
	if w := work("event.retry"); w.Count != 2 || w.Avoidable != 1 {
		t.Errorf("one event retried twice, and one by a bulk action: %+v", w)
	}
	if w := work("exception.resolve"); w.Avoidable != 1 {
		t.Errorf("its cause stood the day before: %+v", w)
	}
	if w := work("replenishment.evaluate"); w.Count != 1 {
		t.Errorf("asked once: %+v", w)
	}
	if w := work("thing.poke"); w.Role != "" || w.Minutes != 0 || w.Name != "thing: poke" {
		t.Errorf("undeclared: %+v", w)
	}
	if d := all.DCs; len(d) != 3 || d[0].DC != "" || d[0].Count != 3 || d[1].DC != "LON" || d[1].Count != 2 || d[2].DC != "MAN" {
		t.Errorf("by DC: %+v", d)
	}
	if rate, known := all.PerThousandOrders(2); !known || rate.String() != "500" {
		t.Errorf("%s per 1,000 orders", rate)
	}
	if it := count(models.ManualWorkFilter{Period: day, Role: models.RoleIT, DC: "MAN"}); len(it.Rows) != 1 || it.Rows[0].Kind != "exception.resolve" || it.Orders != 0 {
		t.Errorf("IT's about MAN: %+v", it)
	}
	if _, known := count(models.ManualWorkFilter{Period: day.Before()}).PerThousandOrders(1); known {
		t.Error("without orders there is no rate")
	}
}
