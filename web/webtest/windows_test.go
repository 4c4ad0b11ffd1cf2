package webtest_test

import (
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestTheWorstBudgetStandsFirst(t *testing.T) {
	w := webtest.Start(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO locations (dc, name, time_zone, version, content_hash, seq, updated_at)
		SELECT dc, dc, 'UTC', 1, gen_random_uuid(), 1, now() FROM unnest(ARRAY['LON', 'YRK']) AS dc;
		INSERT INTO latency_hours (hour, dc, entity, shard, events, late) VALUES
			(date_trunc('hour', now()), 'LON', 'inventory', 0, 1000, 1),
			(date_trunc('hour', now()), 'YRK', 'inventory', 0, 1000, 25)`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RoleIT).Get("/windows")
	if first, _ := p.Find("#budgets tbody tr").First().Attr("id"); first != "budget-YRK-inventory" {
		t.Errorf("the first is %s", first)
	}
	see(t, p, "#budget-YRK-inventory", "97.5 %")
	see(t, p, "#budget-YRK-inventory", "used up")
	see(t, p, "#budget-YRK-inventory", "2.5 ×")
	see(t, p, "#budget-LON-inventory", "not within 30 d")
	told := w.SignIn(models.RoleIT).Get("/api/v1/windows/latency?dc=YRK").Body
	if !strings.Contains(told, `"events":1000,"late":25,"objective":0.99,"attained":0.975`) || strings.Contains(told, "LON") {
		t.Errorf("the API tells other figures than the page: %s", told)
	}
	if p := w.SignIn(models.RoleIT).Get("/windows?dc=LON"); p.Find("#budgets tbody tr").Length() != 1 {
		t.Error("the filter by DC shows another's")
	}
}

// What has to follow, such as an order from an approval, has a window of its own by DC
// and criticality, in whose calendar it says.
func TestPromisesHaveTheWindowOfTheirTarget(t *testing.T) {
	w := webtest.Start(t, declares(t, "calendars: {leeds: {time_zone: Europe/London, hours: 08:00-18:00, cut_offs: {orders: {at: \"16:00\", ahead: 30m, fresh: 1h}}}}\n"+
		"criticality: {vital: {freshness: 1h, followed: 2h, confirmed: 30h}}\n"+
		"targets: {orders: {entity: replenishment, dc: LON, criticality: vital, calendar: leeds}, anywhere: {entity: replenishment, criticality: vital}, "+
		"answers: {entity: confirmation, dc: LON, criticality: vital, calendar: leeds}, goods: {entity: receipt, freshness: 1h, followed: 6h}}\n"))
	p := w.SignIn(models.RoleIT).Get("/windows?show=promises")
	for _, want := range []string{"LON", "vital", "2 h", "leeds", "15:30, what was made 1 h before", "real"} {
		see(t, p, "#promise-replenishment-orders", want)
	}
	see(t, p, "#promise-forecast", "where no target says else")
	for _, want := range []string{"the supplier has confirmed it", "LON", "vital", "1 d 6 h", "leeds", "business"} {
		see(t, p, "#promise-confirmation-answers", want)
	}
	see(t, p, "#promise-confirmation", "3 d")
	see(t, p, "#promise-receipt-goods", "6 h")
	see(t, p, "#promise-purchase_order", "8 h")
	york := w.SignIn(models.RoleIT).Get("/windows?show=promises&dc=YRK")
	if york.Find("#promise-replenishment-orders").Length() != 0 {
		t.Error("the filter by DC shows another's")
	}
	see(t, york, "#promise-forecast", "where no target says else")
	see(t, york, "#promise-replenishment-anywhere", "every DC")
	hidden(t, w.SignIn(models.RoleIT).Get("/windows?show=promises&dc=LON"), "#promise-replenishment-anywhere")
	see(t, w.SignIn(models.RoleIT).Get("/windows?show=promises&dc=YRK&criticality=minor"), "#windows", "None of this criticality")
}

func TestFreshnessHasABudget(t *testing.T) {
	w := webtest.Start(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO sources (source, system, interval_s) VALUES ('planner', 'forecasting', 1200) ON CONFLICT (source) DO UPDATE SET interval_s = 1200;
		INSERT INTO freshness (dc, entity, source, shard, occurred_at, applied_at) VALUES
			('LON', 'forecast', 'planner', 0, now(), now()), ('YRK', 'forecast', 'planner', 1, now(), now()), ('YRK', 'asn', 'planner', 1, now(), now());
		INSERT INTO arrivals (hour, source, entity, dc, slots, events)
			SELECT date_trunc('hour', now()) - n * interval '1 hour', 'planner', 'forecast', dc, rpad(CASE dc WHEN 'LON' THEN rpad('1', 180, '0') ELSE '' END || '1', 360, '0')::bit(360), 1
			FROM generate_series(1, 48) n, unnest(ARRAY['LON', 'YRK']) dc;
		UPDATE arrivals SET slots = repeat('1', 360)::bit(360) WHERE hour >= date_trunc('hour', now()) - interval '1 hour'`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RoleIT).Get("/windows?show=freshness")
	// 30 minutes are allowed. LON came each half hour, YRK each hour: half of its time was stale.
	see(t, p, "#fresh-YRK-forecast-planner", "used up")
	see(t, p, "#fresh-YRK-forecast-planner", "99 %")
	see(t, p, "#fresh-YRK-forecast-planner", "always")
	see(t, p, "#fresh-YRK-asn-planner", "none set")
	if first, _ := p.Find("#fresh tbody tr").First().Attr("id"); first != "fresh-YRK-forecast-planner" {
		t.Errorf("the first is %s", first)
	}
}

func TestWhatNoTargetNamesIsListed(t *testing.T) {
	w := webtest.Start(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO freshness (dc, entity, source, shard, occurred_at, applied_at) VALUES
			('LON', 'receipt', 'erp', 0, now(), now()), ('YRK', 'receipt', 'erp', 1, now(), now())`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RoleIT).Get("/windows?show=ungoverned")
	see(t, p, "#ungoverned-receipt-erp", "LON, YRK")
	see(t, p, "#ungoverned-receipt-erp", "nobody")
	see(t, p, "#figure-ungoverned", "2 of 2 pairs of entity and DC")
	if tile, tab := strings.TrimSpace(p.Find("#figure-ungoverned .figure-value").Text()), p.Find(`.tabs a[aria-current] .tab-count`).Text(); !strings.HasPrefix(tile, "1") || tab != "1" {
		t.Errorf("the tile counts %q, the tab %q", tile, tab)
	}
	if told := w.SignIn(models.RoleIT).Get("/api/v1/windows/freshness").Body; !strings.Contains(told, `"window_seconds":null`) || strings.Count(told, `"source":"erp"`) != 2 {
		t.Errorf("the API tells of other entities than the page: %s", told)
	}
	if p := w.SignIn(models.RoleIT).Get("/windows?show=freshness&criticality=critical"); p.Find("#fresh tbody tr[id]").Length() != 0 {
		t.Error("the filter by criticality shows what has none")
	}
}
