package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestTheITQueueSaysWhatAnExceptionIsAndWhatItTouches(t *testing.T) {
	w := newWorld(t)
	// No sweep closes what it did not see opened.
	w.exec(`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, source, item, dc, occurrences, consequence_at,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('TRF-03', 'it', 'transformation', 'k', 'Unknown item', 'h', 'in_progress', 'P3', 'C2', 'It runs out first', 'erp', '91234N', 'LEE', 4,
			$1::timestamptz + interval '30 h', $1::timestamptz + interval '1 h', $1, $1, $1)`, w.now)
	p := w.SignIn(models.RoleIT).Get("/exceptions/it")
	head, row := p.Find("#queue thead").Text(), p.Find("#queue tbody tr").Text()
	for _, want := range []string{"Code", "First", "Checked", "State", "Count", "Left"} {
		if !strings.Contains(head, want) {
			t.Errorf("the head lacks %q: %s", want, head)
		}
	}
	for _, want := range []string{"TRF-03", "erp · 91234N · LEE · It runs out first", "4", "in progress", "1 d left"} {
		if !strings.Contains(strings.ToLower(row), strings.ToLower(want)) {
			t.Errorf("the row lacks %q: %s", want, row)
		}
	}
}

func TestTheApprovalQueueSaysWhyInTheRow(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	row := w.SignIn(models.RoleProcurement).Get("/approvals").Find("#approvals-table tbody tr").Text()
	if !strings.Contains(row, "Below the order point") {
		t.Errorf("the row does not say why: %s", row)
	}
}
