package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"throughline/sync/connector"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
)

func TestERPKeepsTheContract(t *testing.T) {
	connectortest.RunERP(t, func(t *testing.T) connectortest.Subject {
		stub := &connectortest.Stub{}
		var paused error
		erp := newERP(t, stub.Handler(), rest.Config{Timeout: 250 * time.Millisecond, Paused: func() error { return paused }})
		return connectortest.Subject{
			ERP: erp, Break: stub.Break, Made: stub.Numbers, Stock: stub.Stock, Said: stub.Answers, Lines: stub.Ledger, Count: stub.Counts, List: stub.Lists, Keep: stub.Keeps,
			Sent: stub.Transmitted, Times: stub.Transmissions, Pause: func(why error) { paused = why },
		}
	})
}

func newERP(t *testing.T, handler http.Handler, cfg rest.Config) *rest.ERP {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg.BaseURL = server.URL
	erp, err := rest.NewERP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return erp
}

func TestAnOrderThatExistsIsReturned(t *testing.T) {
	stub := &connectortest.Stub{Unique: true}
	erp := newERP(t, stub.Handler(), rest.Config{})
	first, err := erp.CreateOrder(t.Context(), connectortest.Request("TL-9"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := erp.CreateOrder(t.Context(), connectortest.Request("TL-9"))
	if err != nil || again.Number != first.Number {
		t.Errorf("the second request gives %q, %v; want %q", again.Number, err, first.Number)
	}
}

// leave makes one call and then keeps calls away.
type leave struct{ called bool }

func (l *leave) Call(_ context.Context, do func() (bool, time.Duration)) time.Duration {
	if l.called {
		return time.Minute
	}
	l.called = true
	do()
	return 0
}

func TestASystemThatIsLeftAloneKeepsItsLastStatus(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }))
	defer server.Close()
	erp, err := rest.NewERP(rest.Config{BaseURL: server.URL, Circuit: &leave{}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := erp.FindOrders(t.Context(), "TL-1")
		if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Status != http.StatusTooManyRequests {
			t.Errorf("%+v", err)
		}
	}
}

func TestAnswersAreClassed(t *testing.T) {
	tests := []struct {
		status int
		body   string
		class  connector.Class
	}{
		{http.StatusCreated, `{}`, connector.ClassUnknown},
		{http.StatusCreated, `not json`, connector.ClassUnknown},
		{http.StatusTooManyRequests, ``, connector.ClassTransient},
		{http.StatusUnauthorized, ``, connector.ClassTransient},
		{http.StatusServiceUnavailable, ``, connector.ClassUnknown},
		{http.StatusGatewayTimeout, ``, connector.ClassUnknown},
		{http.StatusTemporaryRedirect, ``, connector.ClassPermanent},
		{http.StatusNotImplemented, ``, connector.ClassPermanent},
		{http.StatusUnprocessableEntity, `{"code":"x","message":"No."}`, connector.ClassPermanent},
	}
	for _, tt := range tests {
		t.Run(http.StatusText(tt.status), func(t *testing.T) {
			erp := newERP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}), rest.Config{})
			_, err := erp.CreateOrder(t.Context(), connectortest.Request("TL-5"))
			if got := connector.ClassOf(err); err == nil || got != tt.class {
				t.Errorf("%d %q is %s, want %s", tt.status, tt.body, got, tt.class)
			}
		})
	}
}

// What a system does not offer is no outage of it.
func TestWhatIsNotImplementedKeepsNoCallsAway(t *testing.T) {
	left := &counted{}
	erp := newERP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) }), rest.Config{Circuit: left})
	_, err := erp.TransmitAgain(t.Context(), "PO-1", time.Time{})
	if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != connector.CodeNotFound || left.failures != 0 {
		t.Errorf("%+v, with %d failures", err, left.failures)
	}
}

// counted makes all calls and counts those that failed for a reason that may pass.
type counted struct{ failures int }

func (c *counted) Call(_ context.Context, do func() (bool, time.Duration)) time.Duration {
	if transient, _ := do(); transient {
		c.failures++
	}
	return 0
}

func TestUnreachableIsTransient(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	erp, err := rest.NewERP(rest.Config{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = erp.CreateOrder(t.Context(), connectortest.Request("TL-6")); connector.ClassOf(err) != connector.ClassTransient {
		t.Fatalf("got %v, want a transient failure", err)
	}
}

func TestReevaluate(t *testing.T) {
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization")
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	engine, err := rest.NewReplenishment(rest.Config{BaseURL: server.URL, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Reevaluate(t.Context(), "A", "LEE", "stale basis"); err != nil {
		t.Fatal(err)
	}
	if want := "POST /replenishment/evaluations Bearer secret"; path != want {
		t.Errorf("the engine heard %q, want %q", path, want)
	}
}

// The stock that a system holds is read page by page and by its key, from where the
// system shows it.
func TestTheStockThatASystemHoldsIsRead(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		_, _ = w.Write([]byte(`{"item":"A/1","dc":"LEE","on_hand":"7","rows":[{"item":"A/1","dc":"LEE","on_hand":"7"}],"next":"A/1|LEE"}`))
	}))
	defer server.Close()
	engine, err := rest.NewReplenishment(rest.Config{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	forecasts, err := rest.NewForecasting(rest.Config{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	for name, held := range map[string]connector.Balances{"replenishment": engine, "forecasting": forecasts} {
		asked = nil
		page, err := held.Balances(t.Context(), "A|LEE", 2)
		if err != nil || len(page.Rows) != 1 || page.Next != "A/1|LEE" {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
		one, err := held.Balance(t.Context(), "A/1", "LEE")
		if err != nil || one.OnHand.String() != "7" {
			t.Errorf("%s: %+v, %v", name, one, err)
		}
		if want := []string{"/" + name + "/stock?after=A%7CLEE&limit=2", "/" + name + "/stock/A%2F1/LEE"}; !slices.Equal(asked, want) {
			t.Errorf("%s was asked for %q, want %q", name, asked, want)
		}
	}
}
