package outbox_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

func TestReuseSendsAnIDWithOtherContent(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	s := sender(t, db, tower, nil)
	if _, err := s.Reuse(); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("before anything was sent: %v", err)
	}
	balance := models.InventoryBalance{Item: "85123A", DC: "DC-LON", OnHand: decimal.NewFromInt(10), Unit: "EA", Version: 1, Time: time.Now()}
	err := simdb.InTx(t.Context(), db, func(tx pgx.Tx) error {
		return outbox.Append(t.Context(), tx, "erp", []outbox.Message{{Type: models.TypeBalance, Subject: "s", OccurredAt: time.Now(), Data: balance}})
	})
	if err != nil {
		t.Fatal(err)
	}
	var sent []webhook.Event
	tower.Answer(func(events []webhook.Event) (int, http.Header) {
		sent = append(sent, events...)
		return 0, nil
	})
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	id, err := s.Reuse()
	if err != nil {
		t.Fatal(err)
	}
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if len(sent) != 2 || sent[0].ID != id || sent[1].ID != id {
		t.Fatalf("sent %+v, want %s twice", sent, id)
	}
	var figures [2]models.InventoryBalance
	for i := range figures {
		if err := json.Unmarshal(sent[i].Data, &figures[i]); err != nil {
			t.Fatal(err)
		}
	}
	if figures[0].OnHand.Equal(figures[1].OnHand) || figures[0].Version != figures[1].Version {
		t.Errorf("%+v and %+v", figures[0], figures[1])
	}
	if _, err := s.Reuse(); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("the same id a third time: %v", err)
	}
}
