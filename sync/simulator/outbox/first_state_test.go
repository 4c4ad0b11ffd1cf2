package outbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

func TestAFirstStateHasTheTimeAtWhichItFirstLeaves(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	made := time.Now().Add(-time.Hour).Truncate(time.Microsecond)
	err := simdb.InTx(t.Context(), db, func(tx pgx.Tx) error {
		return outbox.Append(t.Context(), tx, "erp", []outbox.Message{
			{Type: models.TypeBalance, Subject: "first", OccurredAt: made, FirstState: true, Data: map[string]int{}},
			{Type: models.TypeBalance, Subject: "occurred", OccurredAt: made, Data: map[string]int{}},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	var told [][]webhook.Event
	status := http.StatusServiceUnavailable
	tower.Answer(func(events []webhook.Event) (int, http.Header) {
		told = append(told, events)
		return status, nil
	})
	began := time.Now().Truncate(time.Microsecond)
	if err := drain(t, sender(t, db, tower, nil)); err == nil {
		t.Fatal("a tower that takes nothing took it")
	}
	left := time.Now()
	status = 0
	if err := drain(t, sender(t, db, tower, nil)); err != nil { // the sender of another process
		t.Fatal(err)
	}
	if first := told[0][0].Time; first.Before(began) || first.After(left) {
		t.Errorf("left between %s and %s with %s", began, left, first)
	}
	if again := told[1][0].Time; !again.Equal(told[0][0].Time) {
		t.Errorf("tried again with %s, not %s", again, told[0][0].Time)
	}
	if at := told[1][1].Time; !at.Equal(made) {
		t.Errorf("what occurred at %s was told as of %s", made, at)
	}
}
