package webhook_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"throughline/models"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

func serve(t *testing.T, handle webhook.Handle) string {
	t.Helper()
	receiver, err := webhook.New(towertest.Secret, handle, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	return server.URL
}

func TestSignedDeliveryIsHandedOn(t *testing.T) {
	var got []webhook.Event
	url := serve(t, func(_ context.Context, events []webhook.Event) error {
		got = events
		return nil
	})
	event := towertest.Event(t, "1", models.TypeBalance, map[string]string{"item": "85123A"})
	if status := towertest.Deliver(t, url, towertest.Secret, event); status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
	if len(got) != 1 || got[0].ID != "1" || got[0].Type != models.TypeBalance {
		t.Errorf("handed on %+v", got)
	}
}

func TestOtherSignatureIsRefused(t *testing.T) {
	url := serve(t, func(context.Context, []webhook.Event) error {
		t.Error("handed on")
		return nil
	})
	event := towertest.Event(t, "1", models.TypeBalance, 1)
	if status := towertest.Deliver(t, url, "whsec_b3RoZXI=", event); status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
	response, err := http.Post(url, "application/json", strings.NewReader("[]"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("unsigned: status %d", response.StatusCode)
	}
}

func TestFailureAsksForTheDeliveryAgain(t *testing.T) {
	url := serve(t, func(context.Context, []webhook.Event) error { return errors.New("no") })
	event := towertest.Event(t, "1", models.TypeBalance, 1)
	if status := towertest.Deliver(t, url, towertest.Secret, event); status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
}

func TestEventWithoutIdentityIsRefused(t *testing.T) {
	url := serve(t, func(context.Context, []webhook.Event) error { return nil })
	if status := towertest.Deliver(t, url, towertest.Secret, webhook.Event{ID: "1"}); status != http.StatusBadRequest {
		t.Errorf("status %d", status)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`[{"id":"1","source":"erp","type":"throughline.inventory.balance.v1","data":{}}]`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`[null]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := webhook.Decode(body)
		if err != nil {
			return
		}
		for _, event := range events {
			if event.ID == "" || event.Source == "" || event.Type == "" {
				t.Errorf("accepted without identity: %q", body)
			}
		}
	})
}
