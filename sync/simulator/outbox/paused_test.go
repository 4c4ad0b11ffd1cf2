package outbox_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

// What the tower asks to be sent later is kept and does not hold up the rest.
func TestPausedEventsAreKeptAndSentLater(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	messages := make([]outbox.Message, 6)
	for i := range messages {
		messages[i] = outbox.Message{Type: models.TypeBalance, Subject: strconv.Itoa(i), DC: "DC-LON", OccurredAt: time.Now(), Data: map[string]int{"n": i}}
		if i%2 == 1 {
			messages[i].Type = models.TypeReceipt
		}
	}
	if err := simdb.InTx(t.Context(), db, func(tx pgx.Tx) error { return outbox.Append(t.Context(), tx, "erp", messages) }); err != nil {
		t.Fatal(err)
	}
	tower.Pause(func(e webhook.Event) bool { return e.Type == models.TypeBalance })
	s := sender(t, db, tower, nil)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if got := subjects(tower.Events()); !slices.Equal(got, []string{"1", "3", "5"}) {
		t.Fatalf("while one type is paused %v arrived", got)
	}
	if stats := s.Stats(); stats.Accepted != 3 || stats.Rejected != 0 {
		t.Errorf("stats %+v", stats)
	}
	tower.Pause(nil)
	storetest.Eventually(t, "what was kept", func() bool {
		if err := drain(t, s); err != nil {
			t.Fatal(err)
		}
		return len(tower.Events()) == 6
	})
	if got := subjects(tower.Events()); !slices.Equal(got, []string{"1", "3", "5", "0", "2", "4"}) {
		t.Errorf("arrived %v", got)
	}
}
