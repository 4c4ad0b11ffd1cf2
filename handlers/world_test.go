package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/workflow"
	"throughline/web/webtest"
)

// world is a tower with one item at one DC.
type world struct {
	*webtest.Tower
	t        *testing.T
	now      time.Time
	workflow *workflow.Workflow
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Tower: webtest.Start(t), t: t, now: time.Now().UTC().Truncate(time.Second)}
	var err error
	w.workflow, err = workflow.New(workflow.Config{Store: store.NewWorkflow(w.DB), Engine: silentEngine{}})
	if err != nil {
		t.Fatal(err)
	}
	// What tells two contents apart belongs to apply and says nothing here.
	for table, column := range map[string]string{
		"items": "content_hash", "suppliers": "content_hash", "locations": "content_hash", "positions": "balance_hash",
		"stock_movements": "content_hash", "forecast_revisions": "content_hash", "evaluations": "content_hash", "recommendations": "content_hash",
		"orders": "content_hash", "confirmations": "content_hash", "asns": "content_hash", "receipts": "content_hash",
	} {
		w.exec("ALTER TABLE " + table + " ALTER " + column + " SET DEFAULT gen_random_uuid()")
	}
	w.exec(`INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, seq, updated_at)
		VALUES ('85123A', 'White hanging heart', 'EA', 12, 24, 2.50, 4.95, 'GBP', 'A', 'S-1', 1, 1, $1)`, w.now)
	w.exec(`INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, seq, updated_at)
		VALUES ('S-1', 'Hearts Ltd', 5, '15:00', 'GBP', 1, 2, $1)`, w.now)
	w.exec(`INSERT INTO locations (dc, name, time_zone, version, seq, updated_at)
		VALUES ('LEE', 'Leeds', 'Europe/London', 1, 3, $1), ('YRK', 'York', 'Europe/London', 1, 4, $1)`, w.now)
	w.exec(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, as_of, seq, updated_at)
		VALUES ('85123A', 'LEE', 10, 2, 'EA', 40, 40, $1, 5, $1)`, w.now)
	w.exec(`INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit,
			previous_quantity, quantity, material, published_at, received_at, applied_at, seq)
		VALUES ('85123A', 'LEE', 7, 'F-7', 'ses', '1', 'day', $1::timestamptz::date, array_fill(6::numeric, ARRAY[28]), 'EA', 10, 20, true, $1, $1, $1, 107)`, w.now)
	return w
}

type silentEngine struct{}

func (silentEngine) Reevaluate(context.Context, string, string, string) error { return nil }

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.DB.Pool.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// recommend stores a purchase that a person has to approve, computed on what is there now.
func (w *world) recommend(id string, quantity int) {
	w.t.Helper()
	w.exec(`INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency,
			need_by, order_by, reason, confidence, basis, basis_kind, forecast_revision, stock_version, stock_quantity, stock_as_of,
			computed_at, received_at, seq)
		VALUES ($1::text, 'purchase', 'run-' || $1::text, '85123A', 'LEE', 'S-1', $2, 'EA', 2.55, 'GBP', $3::timestamptz::date + 7, $4,
			'Below the order point', 0.82, '{}', 'declared', 7, 40, 8, $3, $3, $3, 300)`, id, quantity, w.now, w.now.Add(6*time.Hour))
	if err := w.workflow.Enter(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
}

// sell takes more stock away than anybody expected.
func (w *world) sell(version, quantity int) {
	w.t.Helper()
	w.exec(`INSERT INTO stock_movements (item, dc, kind, document, on_hand_delta, allocated_delta, on_hand, allocated, version, seq, occurred_at, recorded_at)
		VALUES ('85123A', 'LEE', 'issue', 'SO-991', -$2::numeric, 0, 10 - $2::numeric, 2, $1::bigint, 200 + $1::bigint, now(), now())`, version, quantity)
}

// submit sends a form of the page as htmx does, with other values where given.
func submit(c *webtest.Client, p *webtest.Page, action string, with ...string) *webtest.Page {
	values := formOf(p, action)
	for i := 0; i+1 < len(with); i += 2 {
		values.Set(with[i], with[i+1])
	}
	return c.Do(http.MethodPost, action, strings.NewReader(values.Encode()), http.Header{
		"Accept": {"text/html"}, "Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"}, "Hx-Request": {"true"},
	})
}

func formOf(p *webtest.Page, action string) url.Values {
	values := url.Values{}
	p.Find(`form[action="` + action + `"]`).First().Find("input").Each(func(_ int, input *goquery.Selection) {
		values.Set(input.AttrOr("name", ""), input.AttrOr("value", ""))
	})
	return values
}

func (w *world) state(recommendation string) models.ProposalState {
	w.t.Helper()
	var state models.ProposalState
	if err := w.DB.Pool.QueryRow(w.t.Context(), `SELECT state FROM proposals WHERE recommendation = $1`, recommendation).Scan(&state); err != nil {
		w.t.Fatal(err)
	}
	return state
}
