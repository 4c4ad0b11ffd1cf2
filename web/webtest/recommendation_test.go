package webtest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// engine is a replenishment system that submits recommendations by itself.
type engine struct {
	t      *testing.T
	client *webtest.Client
	header http.Header
}

func newEngine(t *testing.T, w *webtest.Tower) engine {
	t.Helper()
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "replenishment", Scopes: []models.Scope{models.ScopeSend}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return engine{t, w.Stranger(), http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/json"}}}
}

func (e engine) submit(data any) *webtest.Page {
	e.t.Helper()
	body, err := json.Marshal(data)
	if err != nil {
		e.t.Fatal(err)
	}
	return e.client.Do(http.MethodPost, "/api/v1/recommendations", strings.NewReader(string(body)), e.header)
}

// ask reads an answer as JSON.
func (e engine) ask(path string) (answer map[string]any) {
	e.t.Helper()
	p := e.client.Do(http.MethodGet, path, nil, e.header)
	if err := json.Unmarshal([]byte(p.Body), &answer); err != nil || p.Status != http.StatusOK {
		e.t.Fatalf("%s: %d %s", path, p.Status, p.Body)
	}
	return answer
}

func (e engine) becomes(path, state string) map[string]any {
	e.t.Helper()
	var answer map[string]any
	eventually(e.t, state, func() bool {
		answer = e.ask(path)
		return answer["state"] == state
	})
	return answer
}

// TestASubmittedRecommendationIsFollowedToItsOrder submits one of an item that is
// not known yet and asks how it stands until the ERP has ordered it.
func TestASubmittedRecommendationIsFollowedToItsOrder(t *testing.T) {
	w, heard := tracedTower(t)
	send, engine := sends(t, w), newEngine(t, w)
	send(masters()...)
	const trace = "0af7651916cd43dd8448eb211c80319c"
	engine.header.Set("Traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	data := recommendation("R-1", "A")["data"]
	p := engine.submit(data)
	status := p.Header.Get("Location")
	if p.Status != http.StatusAccepted || status != "/api/v1/recommendations/R-1" || !strings.Contains(p.Body, `"accepted"`) {
		t.Fatalf("submit: %d %s %s", p.Status, status, p.Body)
	}
	if p := engine.submit(data); p.Status != http.StatusAccepted || p.Header.Get("Location") != status || !strings.Contains(p.Body, `"duplicate"`) {
		t.Errorf("submit again: %d %s", p.Status, p.Body)
	}
	if waiting := engine.becomes(status, "waiting"); waiting["code"] != "TRF-03" || !strings.Contains(waiting["reason"].(string), "A") {
		t.Errorf("it waits: %v", waiting)
	}
	send(item("A"), balanceOf("bal-A", "A", 1, "10"))
	if asked := engine.becomes(status, "waiting_for_approval"); asked["due"] == nil || asked["reason"] == "" || asked["trace_id"] != trace {
		t.Errorf("it waits for a person: %v", asked)
	}
	if place := engine.ask("/api/v1/replenishment?item=A&dc=LEE"); place["open_recommendation"].(map[string]any)["recommendation"] != "R-1" || place["evaluation"] != nil {
		t.Errorf("the item at the DC: %v", place)
	}
	w.SignIn(models.RoleProcurement).Post("/approvals/R-1/approve",
		url.Values{"version": {"1"}, "shown": {"UNKNOWN"}, "accept_stale": {"1"}, "reason": {"It is needed"}})
	ordered := engine.becomes(status, "ordered")
	if ordered["order"] == "" || ordered["decided_by"] != "test-procurement" || ordered["quantity"] != "240" {
		t.Errorf("it is ordered: %v", ordered)
	}
	if age := ordered["ordered"].(map[string]any)["age_seconds"].(float64); age < 0 || age > 60 {
		t.Errorf("it was ordered %v s ago", age)
	}
	if len(heard.orders) != 1 || !strings.HasPrefix(heard.orders[0], "00-"+trace) {
		t.Errorf("the ERP was asked in %v", heard.orders)
	}
	if traced := engine.ask("/api/v1/traces/" + trace); len(traced["events"].([]any)) != 1 || len(traced["orders"].([]any)) != 1 {
		t.Errorf("the trace has %v", traced)
	}
}

func TestASubmissionThatDoesNotFitIsToldWhy(t *testing.T) {
	w := webtest.Start(t)
	engine := newEngine(t, w)
	data := recommendation("R-1", "A")["data"].(map[string]any)
	for _, try := range []struct {
		name   string
		change func(map[string]any)
		status int
		says   string
	}{
		{"without an id", func(d map[string]any) { delete(d, "recommendation") }, http.StatusBadRequest, "names its id"},
		{"against its contract", func(d map[string]any) { d["quantity"] = "many" }, http.StatusUnprocessableEntity, "/data/quantity"},
		{"as it should be", func(map[string]any) {}, http.StatusAccepted, "accepted"},
		{"with another content", func(d map[string]any) { d["quantity"] = "12" }, http.StatusConflict, "under this id"},
	} {
		changed := maps.Clone(data)
		try.change(changed)
		if p := engine.submit(changed); p.Status != try.status || !strings.Contains(p.Body, try.says) {
			t.Errorf("%s: %d %s", try.name, p.Status, p.Body)
		}
	}
	slashed := engine.submit(recommendation("R/9", "A")["data"]).Header.Get("Location")
	engine.becomes(slashed, "waiting")
	if p := engine.client.Do(http.MethodGet, "/api/v1/recommendations/R-2", nil, engine.header); p.Status != http.StatusNotFound {
		t.Errorf("one that nobody submitted: %d %s", p.Status, p.Body)
	}
	if p := engine.client.Do(http.MethodPost, "/api/v1/recommendations", strings.NewReader(`{"recommendation":"R-3"}`), nil); p.Status != http.StatusUnauthorized {
		t.Errorf("a stranger submits: %d", p.Status)
	}
}

// TestThePlaceTellsItsNextReceipt has an order whose confirmation promises a day.
func TestThePlaceTellsItsNextReceipt(t *testing.T) {
	w := webtest.Start(t)
	send, engine := sends(t, w), newEngine(t, w)
	send(append(masters(), item("A"), balanceOf("bal-A", "A", 1, "10"))...)
	at := time.Now().UTC().Add(-time.Hour)
	send(event("order", models.TypePurchaseOrder, map[string]any{
		"order": "PO-1", "supplier": "S-1", "dc": "LEE", "state": "open", "currency": "GBP", "ordered_at": at, "version": 1,
		"lines": []any{map[string]any{"line": 1, "item": "A", "quantity": "48", "unit": "EA", "unit_price": "1.5", "need_by": "2026-03-09"}},
	}), event("confirmation", models.TypeConfirmation, map[string]any{
		"confirmation": "C-1", "order": "PO-1", "line": 1, "quantity": "36", "unit": "EA", "promised_date": "2026-03-11", "confirmed_at": at,
	}), event("evaluation", models.TypeEvaluation, map[string]any{
		"run": "run-7", "item": "A", "dc": "LEE", "outcome": "no_action", "reason": "Enough is on its way", "evaluated_at": at,
	}))
	var place map[string]any
	eventually(t, "the evaluation and the receipt", func() bool {
		p := engine.client.Do(http.MethodGet, "/api/v1/replenishment?item=A&dc=LEE", nil, engine.header)
		place = map[string]any{}
		return json.Unmarshal([]byte(p.Body), &place) == nil && place["evaluation"] != nil && place["next_receipt"] != nil &&
			place["next_receipt"].(map[string]any)["said_by"] == "confirmation"
	})
	next := place["next_receipt"].(map[string]any)
	if next["order"] != "PO-1" || next["outstanding"] != "36" || next["expected"] != "2026-03-11" || place["open_recommendation"] != nil {
		t.Errorf("%v", place)
	}
	if e := place["evaluation"].(map[string]any); e["outcome"] != "no_action" || e["evaluated"].(map[string]any)["age_seconds"].(float64) < 3600 {
		t.Errorf("the evaluation is %v", e)
	}
}
