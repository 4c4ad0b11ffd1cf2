package webtest_test

import (
	"strings"
	"testing"
	"time"

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

// Items and suppliers belong to no DC: their targets, budgets and latencies count and
// are shown as those of all DCs.
func TestWhatBelongsToNoDCHasItsTargetAndBudget(t *testing.T) {
	w := webtest.Start(t, declares(t, "targets: {items: {entity: item, freshness: 24h, latency: 2s}}\n"))
	exec(t, w, `INSERT INTO locations (dc, name, time_zone, version, content_hash, seq, updated_at) VALUES ('LON', 'LON', 'UTC', 1, gen_random_uuid(), 1, now());
		INSERT INTO latency_hours (hour, dc, entity, shard, events, late) VALUES
			(date_trunc('hour', now()), 'LON', 'inventory', 0, 1000, 0), (date_trunc('hour', now()), '', 'item', 0, 1000, 25);
		INSERT INTO freshness (dc, entity, source, shard, occurred_at, applied_at) VALUES
			('LON', 'inventory', 'erp', 0, now(), now()), ('', 'item', 'erp', 0, now() - interval '2 days', now() - interval '2 days'), ('', 'supplier', 'erp', 0, now(), now());
		INSERT INTO arrivals (hour, source, entity, dc, slots, events)
			VALUES (date_trunc('hour', now()) - interval '2 days', 'erp', 'item', '', rpad('1', 360, '0')::bit(360), 1)`)
	took(t, w, "LON", "item", models.LatencyTotal, map[time.Duration]uint64{time.Second: 7})
	took(t, w, "", "item", models.LatencyTotal, map[time.Duration]uint64{time.Second: 75, 3 * time.Second: 25})
	it := w.SignIn(models.RoleIT)
	latency := it.Get("/windows")
	see(t, latency, "#budget--item", "all DCs")
	see(t, latency, "#budget--item", "97.5 %")
	see(t, latency, "#budget--item", "2 s")
	see(t, latency, "#windows", "2,000 events in 30 days")
	if href := latency.Find("#budget--item a.row-link").AttrOr("href", ""); href != "/latency?entity=item" {
		t.Errorf("its budget leads to %q", href)
	}
	see(t, it.Get("/windows?show=freshness"), "#fresh--item-erp", "stale")
	see(t, it.Get("/windows?show=ungoverned"), "#ungoverned-supplier-erp", "all DCs")
	for show, rows := range map[string]int{"": 1, "freshness": 2, "ungoverned": 1} {
		none, lon := it.Get("/windows?dc=none&show="+show), it.Get("/windows?dc=LON&show="+show)
		if of, at := none.Find("#windows tbody tr[id]").Length(), lon.Find("#windows tbody tr[id]").Length(); of != rows || at != 1 {
			t.Errorf("%s: %d rows of no DC and %d of LON, want %d and 1", show, of, at, rows)
		}
		hidden(t, lon, "[id^='budget--'], [id^='fresh--']")
	}
	see(t, it.Get("/overview"), ".heat", "all DCs")
	pairs := it.Get("/latency?period=15m&entity=item")
	see(t, pairs, "#pair--item", "75 %")
	see(t, pairs, "#panel", "25 late of 100 events")
	if heading := pairs.Find(`.heat th[scope="row"]`).Last(); strings.TrimSpace(heading.Text()) != "all DCs" || heading.Find("a").Length() != 0 {
		t.Errorf("the last row of the matrix is %q", heading.Text())
	}
	see(t, it.Get("/latency?period=15m&dc=LON&entity=item"), "#panel", "0 late of 7 events")
	for path, want := range map[string]string{
		"/api/v1/windows/latency":   `"dc":"","entity":"item","criticality":"","target_seconds":2,"events":1000,"late":25`,
		"/api/v1/windows/freshness": `"dc":"","entity":"item","source":"erp"`,
		"/api/v1/latency":           `"dc":"","entity":"item","events":100,"late":25`,
	} {
		if told := it.Get(path).Body; !strings.Contains(told, want) {
			t.Errorf("%s tells %s", path, told)
		}
	}
}
