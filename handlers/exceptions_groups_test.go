package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/models/store"
)

// exception stores one that no sweep closes: it was opened after each of them began.
func (w *world) exception(code, key, source, item, dc, fingerprint string, occurrences int) {
	w.t.Helper()
	w.exec(`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, source, item, dc,
			fingerprint, occurrences, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ($1::text, 'it', 'api', $1::text || '|' || $2, 'Title of ' || $2, 'h', 'new', 'P3', 'C2', 'w', $3, $4, $5, $6, $7,
			$8::timestamptz + interval '1 h', $8, $8, $8)`, code, key, source, item, dc, fingerprint, occurrences, w.now)
	w.exec(`INSERT INTO exception_notes (exception_id, at, actor, action) SELECT max(id), $1, 'tower', 'opened' FROM exceptions`, w.now.Add(-2*time.Hour))
}

func TestTheITQueueGroupsByCauseAndHidesNoRow(t *testing.T) {
	w := newWorld(t)
	w.exception("API-01", "erp|LEE", "erp", "", "LEE", "", 1)
	w.exception("API-01", "erp|YRK", "erp", "", "YRK", "", 2)
	w.exception("API-01", "wms", "wms", "", "", "", 1)
	w.exception("WFL-06", "a|b", "", "85123A", "LEE", "", 1)
	w.exec(`UPDATE exceptions SET priority = 'P2', why = 'The other DC waits', consequence_at = $1::timestamptz + interval '30 h' WHERE dc = 'YRK'`, w.now)
	it := w.SignIn(models.RoleIT)
	p := it.Get("/exceptions/it?view=causes")
	row := squeezed(p, "#cause-API-01-erp")
	for _, want := range []string{"Source silent · erp", "API-01 · The other DC waits", "1 d left", "2 DCs", "Closes by itself when it is true: It sends again."} {
		if !strings.Contains(row, want) {
			t.Errorf("the group lacks %q: %s", want, row)
		}
	}
	if label := p.Find("#cause-API-01-erp svg.spark").AttrOr("aria-label", ""); label != "2 occurrences in 24 h, at most 2 in an hour" {
		t.Errorf("the sparkline says %q", label)
	}
	if p.Find("#cause-API-01-erp [style]").Length() != 0 {
		t.Error("the group is drawn with inline style")
	}
	rows := map[string]bool{}
	for _, group := range []string{"#cause-API-01-erp", "#cause-API-01-wms", "#cause-WFL-06-"} {
		href := p.Find(group+" a.row-link").AttrOr("href", "")
		for _, id := range it.Get(href).Find("#queue tbody tr").Map(id) {
			if rows[id] {
				t.Errorf("%s stands in two groups", id)
			}
			rows[id] = true
		}
	}
	all := it.Get("/exceptions/it?view=all").Find("#queue tbody tr").Map(id)
	if len(all) < 4 || len(rows) != len(all) {
		t.Errorf("the groups lead to %d rows of %d", len(rows), len(all))
	}
	if p := it.Get("/exceptions/it?view=causes&dc=YRK"); p.Find("#causes tbody tr").Length() != 1 || !strings.Contains(squeezed(p, "#causes tbody"), "1 DCCloses") {
		t.Errorf("York alone shows %s", squeezed(p, "#causes tbody"))
	}
	if p := w.SignIn(models.RoleProcurement).Get("/exceptions/procurement?view=causes"); p.Find("#causes").Length() != 0 {
		t.Error("another team's queue is grouped")
	}
}

func TestAGroupOfParkedEventsSaysThatItNeedsAPerson(t *testing.T) {
	w := newWorld(t)
	const cause = "6f2b1c1e-0000-4000-8000-000000000001"
	w.exception("OWN-01", cause, "wms", "85123A", "LEE", cause, 3)
	for i, dc := range []string{"LEE", "YRK", "YRK"} {
		w.exec(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage,
				code, reason, fingerprint, created_at)
			VALUES ($1::bigint, 0, $2, $2, 'wms', 'e' || $1::bigint::text, 'throughline.inventory.balance.v1', '85123A|' || $3::text, '85123A', $3::text, '{}', 'parked',
				'transformation', 'OWN-01', 'not the owner', $4::uuid, $2::timestamptz - interval '90 minutes')`, 900+i, w.now, dc, cause)
	}
	p := w.SignIn(models.RoleIT).Get("/exceptions/it?view=causes")
	row := squeezed(p, "#cause-OWN-01-wms")
	for _, want := range []string{"2 DCs, 1 item", "Needs a person: 3 parked events to retry or discard"} {
		if !strings.Contains(row, want) {
			t.Errorf("the group lacks %q: %s", want, row)
		}
	}
	if label := p.Find("#cause-OWN-01-wms svg.spark").AttrOr("aria-label", ""); label != "3 occurrences in 24 h, at most 3 in an hour" {
		t.Errorf("the sparkline says %q", label)
	}
}

func TestAGroupOfRefusedDeliveriesLeadsToThem(t *testing.T) {
	w := newWorld(t)
	w.exception("API-04", "route|lake", "lake", "", "", "", 15)
	p := w.SignIn(models.RoleIT).Get("/exceptions/it?view=causes")
	if row := squeezed(p, "#cause-API-04-lake"); !strings.Contains(row, "Needs a person: 15 refused events to deliver or discard") {
		t.Errorf("the group says %s", row)
	}
	if link := p.Find(`#cause-API-04-lake a[href="/routes/lake/refused"]`).Text(); link != "15 refused events" {
		t.Errorf("what leads to the refused events says %q", link)
	}
}

func id(_ int, s *goquery.Selection) string { return s.AttrOr("id", "") }

// TestAGroupCountsTheTimeLeftAsItsRowsDo has an order that cannot be placed, which is
// due at its cut-off, and a subscriber that takes nothing, which hurts in real time.
func TestAGroupCountsTheTimeLeftAsItsRowsDo(t *testing.T) {
	w := newWorld(t)
	w.exception("API-05", "order", "erp", "", "", "", 1)
	w.exception("API-05", "route", "planning", "", "", "", 1)
	w.exec(`UPDATE exceptions SET consequence_at = $1::timestamptz + interval '30 h', erp_write = CASE source WHEN 'erp' THEN 7 ELSE 0 END`, w.now)
	groups, err := store.NewExceptions(w.DB).Groups(t.Context(), models.ExceptionFilter{Codes: []models.ExceptionCode{models.ExceptionTargetDown}})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := store.NewExceptions(w.DB).Queue(t.Context(), models.ExceptionFilter{Codes: []models.ExceptionCode{models.ExceptionTargetDown}})
	if err != nil || len(groups) != 2 || len(queue.Rows) != 2 {
		t.Fatalf("%d groups of %d exceptions: %v", len(groups), len(queue.Rows), err)
	}
	inReal := map[string]bool{}
	for _, e := range queue.Rows {
		inReal[e.Subject.Source] = e.Technical()
	}
	for _, g := range groups {
		if g.Technical() != inReal[g.Source] {
			t.Errorf("the group of %s counts real time: %t, its row: %t", g.Source, g.Technical(), inReal[g.Source])
		}
	}
}
