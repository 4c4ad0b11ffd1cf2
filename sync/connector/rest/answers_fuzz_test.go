package rest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"throughline/sync/connector"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
)

// FuzzAnswers lets the ERP answer anything: an order is told only with its
// number, and whatever else comes is an error with a class, for each call.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `[{"number":"PO-1","reference":"TL-R-1","kind":"purchase","state":"open"}]`)
	f.Add(201, `{"number":"PO-1"}`)
	f.Add(200, `[]`)
	f.Add(200, `null`)
	f.Add(503, `{"detail":"later"}`)
	f.Add(200, `[{"number":""}]`)
	f.Add(200, `{"rows":[{"item":"A","dc":"D","on_hand":"1e999999999"}]}`)
	f.Add(202, `{"coming":9223372036854775807}`)
	f.Add(202, `{"coming":-1}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		defer server.Close()
		erp, err := rest.NewERP(rest.Config{BaseURL: server.URL, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		orders, err := erp.FindOrders(t.Context(), "TL-R-1")
		if err == nil && status/100 != 2 {
			t.Fatalf("%d tells %d orders", status, len(orders))
		}
		for _, o := range orders {
			if o.Number == "" {
				t.Fatalf("%s tells an order without a number", body)
			}
		}
		for call, do := range connectortest.Calls(t.Context(), erp) {
			switch err := do(); {
			case err == nil && status/100 != 2:
				t.Fatalf("%s makes a success of %d", call, status)
			case err != nil && connector.ClassOf(err) == "":
				t.Fatalf("%s: %v has no class", call, err)
			}
		}
		if coming, err := erp.Replay(t.Context(), "a", 5, 7); coming < 0 || coming > 3 || err == nil && status/100 != 2 {
			t.Fatalf("%d: %d of 3 events come, %v", status, coming, err)
		}
	})
}
