package watch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// calls are the escalations since a real instant, by the title of what calls.
func (w *world) calls(since time.Time) (titles []string) {
	w.t.Helper()
	rows, err := w.db.Pool.Query(w.t.Context(), `SELECT x.title FROM exception_notes n JOIN exceptions x ON x.id = n.exception_id
		WHERE n.action = 'escalated' AND n.at > $1 AND x.code IN ('API-05', 'WFL-05') ORDER BY n.id`, since)
	if err != nil {
		w.t.Fatal(err)
	}
	for rows.Next() {
		var title string
		if err := rows.Scan(&title); err != nil {
			w.t.Fatal(err)
		}
		titles = append(titles, title)
	}
	return titles
}

// kind is what is open of a kind.
func (w *world) kind(code models.ExceptionCode) []models.Exception {
	w.t.Helper()
	page, err := w.exceptions.Queue(w.t.Context(), models.ExceptionFilter{Codes: []models.ExceptionCode{code}, Limit: 200})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Rows
}

func TestWhileTheERPIsDownOneCallStandsForAllThatWait(t *testing.T) {
	w := newWorld(t)
	const waiting = 12
	w.sql(`INSERT INTO items SELECT 'X' || n, 'Mug', 'EA', 6, 6, 2, 5, 'GBP', 'C', 'S1', 1, gen_random_uuid(), 1, now() FROM generate_series(1, 12) n`)
	w.sql(`UPDATE proposals SET state = 'rejected' WHERE recommendation = 'R3'`)
	for n := range waiting {
		id := fmt.Sprint("X", n+1)
		w.propose(id, id, "approved")
		w.write(id, "intent", 2, "transient", "503 from the ERP")
	}
	w.sql(`UPDATE recommendations SET order_by = '2026-03-01 16:00Z'`) // overdue, so that no priority changes meanwhile
	w.wait(200 * time.Second)
	w.sweep()
	down, held := w.kind(models.ExceptionTargetDown), w.kind(models.ExceptionNotOrdered)
	if len(down) != 1 || len(held) != waiting {
		t.Fatalf("open are:%s", briefly(w.open()))
	}
	for _, e := range held {
		if !e.Follows() || *e.CauseID != down[0].ID {
			t.Errorf("%s does not follow from the ERP: %v", e.Title, e.CauseID)
		}
	}
	folded, err := w.exceptions.Queue(t.Context(), models.ExceptionFilter{Team: models.TeamProcurement, Folded: true, Codes: []models.ExceptionCode{models.ExceptionTargetDown, models.ExceptionNotOrdered}})
	if err != nil || len(folded.Rows) != 1 {
		t.Errorf("%d rows of the folded queue (%v), want the cause alone", len(folded.Rows), err)
	}
	alone, err := w.exceptions.Queue(t.Context(), models.ExceptionFilter{Folded: true, Codes: []models.ExceptionCode{models.ExceptionNotOrdered}})
	if err != nil || len(alone.Rows) != waiting {
		t.Errorf("%d rows (%v) where the filter leaves the cause out, want all of them", len(alone.Rows), err)
	}
	began := w.now
	w.wait(31 * time.Minute) // half of the clock of a P2
	w.sweep()
	if calls := w.calls(began); len(calls) != 1 || calls[0] != "erp takes no orders" {
		t.Errorf("called for %q, want once for the ERP", calls)
	}

	w.sql(`UPDATE erp_writes SET state = 'confirmed', document = 'PO-' || recommendation WHERE recommendation <> 'X7'`)
	w.sql(`UPDATE proposals SET state = 'ordered', ordered_at = $1 WHERE state = 'approved' AND recommendation <> 'X7'`, w.now)
	w.sql(`UPDATE erp_writes SET error = '' WHERE recommendation = 'X7'`)
	w.sweep()
	left := w.kind(models.ExceptionNotOrdered)
	if len(left) != 1 || left[0].Subject.Recommendation != "X7" || left[0].CauseID != nil || len(w.kind(models.ExceptionTargetDown)) != 0 {
		t.Fatalf("after the ERP is back open are:%s", briefly(w.open()))
	}
	if due := left[0].AckDueAt.Sub(w.now); due != left[0].Priority.Clock().Acknowledge {
		t.Errorf("what stands has %s to be acknowledged, want a clock of its own", due)
	}
	freed := w.now
	if w.sweep(); len(w.calls(freed)) != 0 {
		t.Error("what stands calls before its own clock has gone by")
	}
	w.wait(31 * time.Minute)
	w.sweep()
	if calls := w.calls(freed); len(calls) != 1 || !strings.HasPrefix(calls[0], "Approved, not ordered") {
		t.Errorf("called for %q, want once for what stands", calls)
	}
}

func TestWhatTheERPRefusedDoesNotFollowFromItsSilence(t *testing.T) {
	w := newWorld(t)
	w.propose("R4", "A1", "approved")
	w.write("R4", "intent", 2, "transient", "503 from the ERP")
	w.write("R3", "failed", 1, "permanent", "the supplier is blocked")
	w.sql(`UPDATE proposals SET state = 'failed' WHERE recommendation = 'R3'`)
	w.sweep()
	if refused := w.kind(models.ExceptionNotOrdered); len(refused) != 1 || refused[0].CauseID != nil {
		t.Errorf("open are:%s", briefly(w.open()))
	}
}

// The ERP is source and target: what it sends too much of holds up no order to it.
func TestAnOrderFollowsFromNothingThatItsERPSends(t *testing.T) {
	w := newWorld(t)
	w.key("tlk_aaaaaa", "{send}", time.Hour)
	w.sql(`UPDATE api_keys SET rate = 10, burst = 100`)
	w.write("R3", "intent", 2, "transient", "503 from the ERP")
	w.wait(200 * time.Second)
	w.trouble("tlk_aaaaaa", models.TroubleThrottled, 2*time.Minute, 40)
	w.sweep()
	held, limited, down := w.kind(models.ExceptionNotOrdered), w.kind(models.ExceptionRateLimited), w.kind(models.ExceptionTargetDown)
	if len(held) != 1 || len(limited) != 1 || len(down) != 1 {
		t.Fatalf("open are:%s", briefly(w.open()))
	}
	if held[0].CauseID == nil || *held[0].CauseID != down[0].ID {
		t.Errorf("%s follows from %v, want from %d", held[0].Title, held[0].CauseID, down[0].ID)
	}
	w.sql(`UPDATE erp_writes SET attempts = 1`)
	w.trouble("tlk_aaaaaa", models.TroubleThrottled, 3*time.Minute, 40)
	w.sweep()
	if held = w.kind(models.ExceptionNotOrdered); len(held) != 1 || held[0].CauseID != nil {
		t.Errorf("open are:%s", briefly(w.open()))
	}
}

func TestARevisionThatIsNotDeliveredFollowsFromTheRoute(t *testing.T) {
	w := newWorld(t)
	w.sql(`INSERT INTO subscriptions (name, url, secret, types, failures, created_at) VALUES ('engine', 'http://x', 's', $1, 3, $2)`,
		[]string{string(models.TypeForecastRevision)}, w.now)
	w.revision("C3", 5, 80)
	w.sweep()
	w.wait(2*time.Minute + time.Second)
	w.sweep()
	late, down := w.kind(models.ExceptionNoInfluence), w.kind(models.ExceptionTargetDown)
	if len(late) != 1 || len(down) != 1 {
		t.Fatalf("open are:%s", briefly(w.open()))
	}
	if late[0].Priority.MoreUrgent(down[0].Priority) == late[0].Follows() {
		t.Errorf("%s behind %s: it follows only from what is as urgent", late[0].Priority, down[0].Priority)
	}
	if _, err := w.exceptions.Change(t.Context(), models.ExceptionChange{ID: down[0].ID, Version: down[0].Version, Action: models.ActionResolve, Actor: "ida", Note: "Switched off."}); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	if late = w.kind(models.ExceptionNoInfluence); len(late) != 1 || late[0].CauseID != nil {
		t.Errorf("it still follows from what somebody resolved:%s", briefly(late))
	}
}

// What never came is told by the total; a difference that has another cause speaks for itself.
func TestADifferenceWhoseEventIsMissingFollowsFromTheTotal(t *testing.T) {
	w := newWorld(t)
	w.sql(`INSERT INTO reconcile_runs (source, asked_by, state, started_at) VALUES ('erp', 'test', 'finished', $1)`, w.now)
	w.sql(`INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, found_at)
		SELECT id, 'erp', item, 'LON', cause, 480, 500, 0, 0, 8, 7, $1 FROM reconcile_runs, (VALUES ('C3', 'missing_event'), ('B2', 'double_post')) d(item, cause)`, w.now)
	w.stateTotal(w.sent(models.TypeBalance) + 1)
	w.wait(20 * time.Second)
	w.sweep()
	totals := w.kind(models.ExceptionIncomplete)
	if len(totals) != 1 {
		t.Fatalf("open are:%s", briefly(w.open()))
	}
	for _, e := range w.kind(models.ExceptionDrift) {
		if follows := e.CauseID != nil && *e.CauseID == totals[0].ID; follows != (e.Subject.Item == "C3") {
			t.Errorf("%s follows from the total: %v", e.Title, follows)
		}
	}
}

func TestAFloodFromOneSourceCallsOnce(t *testing.T) {
	w := newWorld(t)
	flood := func(from, to int) {
		w.sql(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint, created_at)
			SELECT n, 0, $1, $1, 'notes', 'n' || n, 'throughline.inventory.balance.v1', 'k' || n, 'A1', 'LON', '{}', 'parked', 'transformation', 'TRF-06', 'no ' || n, gen_random_uuid(), $1
			FROM generate_series($2::int, $3::int) n`, w.now, from, to)
	}
	flood(1, 10)
	w.sweep()
	for _, e := range w.kind(models.ExceptionMappingError) {
		if e.Follows() {
			t.Fatalf("ten are no flood:%s", briefly(w.open()))
		}
	}
	flood(11, 12)
	w.sweep()
	linked := 0
	for _, e := range w.kind(models.ExceptionMappingError) {
		if e.Follows() {
			linked++
		}
	}
	if linked != 11 {
		t.Fatalf("%d of twelve follow from the first, want 11:%s", linked, briefly(w.open()))
	}
	w.wait(11 * time.Minute) // the flood is over, its first still stands
	flood(13, 13)
	w.sweep()
	linked = 0
	for _, e := range w.kind(models.ExceptionMappingError) {
		if e.Follows() {
			linked++
		}
	}
	if linked != 11 {
		t.Errorf("%d follow after the flood, want those of before", linked)
	}
}
