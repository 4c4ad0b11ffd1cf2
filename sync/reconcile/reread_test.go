package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
)

// ahead gives the tower a figure of C that the ERP never sent, long enough ago.
func (w *world) ahead(version int64) {
	w.t.Helper()
	now := time.Now().UTC()
	w.sends(w.erp.changes("C", 99999, version, time.Hour))
	w.erp.changes("C", 518, 7, 0)
	w.sql(`UPDATE positions SET updated_at = $1 WHERE item = 'C'`, now.Add(-time.Hour))
}

func (w *world) reread() models.Reread {
	w.t.Helper()
	read, err := w.Reread(w.t.Context(), "C", "LON")
	if err != nil {
		w.t.Fatal(err)
	}
	return read
}

func TestReadingAgainTakesBackWhatTheOwnerNeverSent(t *testing.T) {
	w := newWorld(t)
	w.ahead(900000)
	read := w.reread()
	if said := read.Sentence(); !strings.Contains(said, "took effect: 518 on hand and 0 allocated in EA, version 7") {
		t.Fatal(said)
	}
	w.has("C", 518)
	var lines, sum, denied int64
	if err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*), sum(on_hand_delta), (SELECT count(*) FROM stock_taken_back WHERE version = 900000 AND by_seq = $1)
		FROM stock_movements WHERE item = 'C'`, read.Outcome.Seq).Scan(&lines, &sum, &denied); err != nil || lines != 2 || sum != 518 || denied != 1 {
		t.Errorf("%d lines of %d in the ledger, %d taken back, %v", lines, sum, denied, err)
	}
	w.erp.changes("C", 500, 8, 0) // what the ERP says next counts again
	if read := w.reread(); read.Outcome.State != "applied" {
		t.Errorf("%+v", read)
	}
	w.has("C", 500)
	if said := w.reread().Sentence(); !strings.Contains(said, "500 on hand") {
		t.Errorf("the same figure once more: %s", said)
	}
}

// An answer that a newer event overtook must not win, nor one from an owner that
// may not have come so far itself.
func TestAnAnswerThatWasOvertakenIsSuperseded(t *testing.T) {
	w := newWorld(t)
	w.ahead(900000)
	w.erp.between = func() {
		w.erp.between = nil
		b := connector.Balance{Item: "C", DC: "LON", OnHand: decimal.NewFromInt(44), Unit: "EA", Version: 900001, AsOf: time.Now().UTC()}
		w.erp.mu.Lock()
		answer := w.erp.rows[2]
		w.erp.rows[2] = b
		w.erp.mu.Unlock()
		w.sends(b)
		w.erp.mu.Lock()
		w.erp.rows[2] = answer
		w.erp.mu.Unlock()
	}
	if said := w.reread().Sentence(); !strings.Contains(said, "superseded") || !strings.Contains(said, "We have 44 on hand") {
		t.Errorf("overtaken: %s", said)
	}
	if said := w.reread().Sentence(); !strings.Contains(said, "superseded") {
		t.Errorf("within the window: %s", said)
	}
	w.has("C", 44)
}
