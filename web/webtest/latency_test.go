package webtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/web/webtest"
)

// took stores that events of a stage took so long, a minute ago.
func took(t *testing.T, w *webtest.Tower, dc, entity string, stage models.LatencyStage, spread map[time.Duration]uint64) {
	t.Helper()
	var h models.Histogram
	for d, n := range spread {
		h.AddN(d, n)
	}
	hist, err := h.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.DB.Pool.Exec(t.Context(), `
		INSERT INTO latency_rollups (minute, dc, entity, stage, shard, count, sum_us, max_us, hist)
		VALUES (date_trunc('minute', now() - interval '1 minute'), $1, $2, $3, 0, $4, $5, $6, $7)`,
		dc, entity, stage, h.Count(), h.SumMicroseconds(), h.Max().Microseconds(), hist)
	if err != nil {
		t.Fatal(err)
	}
}

func TestThePairFurthestBeyondItsTargetStandsFirst(t *testing.T) {
	w := webtest.Start(t)
	took(t, w, "LON", "inventory", models.LatencyTotal, map[time.Duration]uint64{200 * time.Millisecond: 100})
	took(t, w, "YRK", "inventory", models.LatencyTotal, map[time.Duration]uint64{time.Second: 75, 9 * time.Second: 25})
	took(t, w, "YRK", "inventory", models.LatencyQueue, map[time.Duration]uint64{8 * time.Second: 25})
	p := w.SignIn(models.RoleIT).Get("/latency?period=15m")
	if first, _ := p.Find("#pairs tbody tr").First().Attr("id"); first != "pair-YRK-inventory" {
		t.Errorf("the first is %s", first)
	}
	see(t, p, "#pair-YRK-inventory", "75 %")
	see(t, p, "#pair-YRK-inventory", "25")
	see(t, p, "#pair-LON-inventory", "100 %")
	if level, _ := p.Find(`.heat td[title^="YRK"]`).Attr("class"); level != "heat-5" {
		t.Errorf("9 s of 5 s is drawn as %q", level)
	}
	opened := w.SignIn(models.RoleIT).Get("/latency?period=15m&dc=YRK&entity=inventory")
	see(t, opened, "#panel", "25 late of 100 events")
	see(t, opened, "#panel", "Waits for its turn")
}

// TestAPeriodOfMonthsIsToldWhenItsMinutesAreGone asks for a time of which only the
// folded hours are left, on the page and over the API.
func TestAPeriodOfMonthsIsToldWhenItsMinutesAreGone(t *testing.T) {
	w := webtest.Start(t)
	took(t, w, "LON", "inventory", models.LatencyTotal, map[time.Duration]uint64{time.Second: 75, 9 * time.Second: 25})
	exec(t, w, `UPDATE latency_rollups SET minute = minute - interval '60 days'`)
	if folded, err := store.NewLatency(w.DB).FoldHour(t.Context(), time.Now().Add(-24*time.Hour)); !folded || err != nil {
		t.Fatalf("%v, %v", folded, err)
	}
	exec(t, w, `DELETE FROM latency_rollups`)
	day := func(ago int) string { return time.Now().UTC().AddDate(0, 0, -ago).Format(time.DateOnly) }
	it, period := w.SignIn(models.RoleIT), "from="+day(62)+"&to="+day(58)
	see(t, it.Get("/latency?"+period+"&dc=LON&entity=inventory"), "#panel", "25 late of 100 events")
	if told := it.Get("/api/v1/latency?" + period); !strings.Contains(told.Body, `"events":100`) {
		t.Errorf("the API tells %d %s", told.Status, told.Body)
	}
	see(t, it.Get("/latency?period=30d"), "nav [aria-current]", "30d")
	if p := it.Get("/latency?from=" + day(800)); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text(), "a year long") {
		t.Errorf("two years are answered %d", p.Status)
	}
}

func TestLatencyLeadsToItsEventsAndWarnsOfClocks(t *testing.T) {
	w := webtest.Start(t)
	took(t, w, "LON", "inventory", models.LatencyTotal, map[time.Duration]uint64{time.Second: 2, 7 * time.Second: 1})
	_, err := w.DB.Pool.Exec(t.Context(), `
		CREATE TEMPORARY TABLE applied AS SELECT date_trunc('minute', now() - interval '1 minute') AS at;
		INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data)
			SELECT seq, 0, at, at + passed * interval '1 second', source, id, 'throughline.inventory.balance.v1', 'k', item, dc, '{}' FROM applied, (VALUES
			(101, -1, 'erp', 'a', 'QUICK', 'LON'), (102, -7, 'erp', 'b', 'SLOW', 'LON'), (103, 3, 'wms', 'c', 'AHEAD', 'LON'), (104, -9, 'erp', 'd', 'PARKED', 'LON'),
			(105, -8, 'erp', 'e', 'ELSEWHERE', 'YRK'), (106, -3600, 'erp', 'reread:f', 'REREAD', 'LON'), (107, -5, 'erp', 'g', 'LATER', 'LON')) AS e (seq, passed, source, id, item, dc);
		INSERT INTO changes (shard, kind, from_seq, to_seq, left_out, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
			SELECT 0, 'batch', first, last, '{104}', 5, at, at, at, 1, 1, 1, at + later FROM applied, (VALUES
			(101, 106, interval '0'), (107, 107, interval '1 minute')) AS b (first, last, later);
		UPDATE shard_cursors SET seq = 107, day = current_date WHERE shard = 0;
		DROP TABLE applied`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RoleIT).Get("/latency?dc=LON&entity=inventory")
	var items []string
	for _, row := range p.Find("#slowest tbody tr").EachIter() {
		items = append(items, strings.TrimSpace(row.Find("td").First().Text()))
	}
	if strings.Join(items, " ") != "SLOW QUICK AHEAD" {
		t.Errorf("the slowest are %q: what was left out of its batch, was read again or took effect in another minute is no latency of this one", items)
	}
	see(t, p, "#latency", "wms dated 1 of its newest 1 event after their receipt, by up to 3 s")
}

func TestLatencyIsShownOfAnyPeriod(t *testing.T) {
	w := webtest.Start(t)
	took(t, w, "LON", "inventory", models.LatencyTotal, map[time.Duration]uint64{time.Second: 3})
	if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE latency_rollups SET minute = $1`, time.Now().UTC().Truncate(24*time.Hour).Add(-17*time.Hour)); err != nil {
		t.Fatal(err)
	}
	it, day := w.SignIn(models.RoleIT), time.Now().UTC().AddDate(0, 0, -1)
	over := func(from, to string) *webtest.Page {
		return it.Get("/latency?dc=LON&entity=inventory&from=" + day.Format(time.DateOnly) + "T" + from + "&to=" + day.Format(time.DateOnly) + "T" + to)
	}
	p := over("06:00", "10:00")
	see(t, p, "#panel", day.Format("2 Jan")+" 06:00 to "+day.Format("2 Jan")+" 10:00 UTC")
	see(t, p, "#pair-LON-inventory", "100 %")
	if p.Find("[data-hint]").Length() != 0 {
		t.Error("a period that is past is read again")
	}
	if href, _ := p.Find("#pair-LON-inventory a").First().Attr("href"); !strings.Contains(href, "T06%3A00") {
		t.Errorf("the pair leads out of the period: %s", href)
	}
	see(t, over("08:00", "10:00"), "#latency", "Nothing took effect in this time")
	if p = over("10:00", "08:00"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a period that ends before it begins: %d", p.Status)
	}
}
