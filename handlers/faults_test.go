package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/handlers"
	"throughline/models"
)

// twoFaults are one that comes by itself and one that does not.
type twoFaults struct{}

func (twoFaults) Faults(context.Context) (models.FaultBoard, error) {
	return models.FaultBoard{Faults: []models.Fault{
		{Name: "erp-down", Description: "The ERP does not answer.", State: "idle", RatePerDay: 0.05},
		{Name: "lost-events", Description: "Three events never leave it.", State: "idle"},
	}}, nil
}

func (twoFaults) Break(context.Context, string) (models.FaultEntry, error) {
	return models.FaultEntry{}, nil
}

func (twoFaults) Badges(context.Context) ([]models.QueueCount, error) { return nil, nil }

func (twoFaults) Currency(context.Context) (string, error) { return "EUR", nil }

func TestEachFaultSaysHowOftenItComesByItself(t *testing.T) {
	frame := &handlers.Frame{Badges: twoFaults{}, Money: &handlers.Currency{Read: twoFaults{}}, Clock: models.RealTime, Now: time.Now, Demo: true}
	answer := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/break-something", nil), answer)
	if err := (&handlers.Faults{Frame: frame, Board: twoFaults{}}).Show(c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(answer.Body.String(), "Each heals by itself") {
		t.Error("the page says that all heal by themselves")
	}
	for _, want := range []string{"Ends by itself after a minute.", "the tower asks for them", "by itself once in 20 business days", "only by the button"} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
