package apply_test

import (
	"testing"

	"throughline/models"
)

func TestAFailureIsFiledUnderTheStageOfItsCode(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	conflict := event(t, "erp", "twice", models.TypeBalance, balance("I0", "D0", 9, "1", "0"))
	conflict.Conflict = true
	seqs := w.send(conflict, balance("I9", "D0", 1, "1", "0"))
	w.run()
	for i, want := range []models.Stage{models.StageAPI, models.StageTransformation} {
		for _, table := range []string{"unsettled_events", "event_attempts"} {
			var stage models.Stage
			if err := w.db.Pool.QueryRow(t.Context(), `SELECT stage FROM `+table+` WHERE seq = $1`, seqs[i]).Scan(&stage); err != nil {
				t.Fatal(err)
			}
			if stage != want {
				t.Errorf("event %d is filed under %s in %s, want %s", i, stage, table, want)
			}
		}
	}
	if _, err := w.engine.Discard(t.Context(), seqs[:1], "ida", "test data"); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`SELECT count(*) FROM event_attempts WHERE outcome = 'discarded' AND stage = 'api'`); n != 1 {
		t.Errorf("%d attempts to discard are filed under api, want 1", n)
	}
}
