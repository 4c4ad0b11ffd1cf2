package webtest_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
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
	see(t, opened, "#panel", "Waits for its shard")
}

func TestLatencyLeadsToItsEventsAndWarnsOfClocks(t *testing.T) {
	w := webtest.Start(t)
	took(t, w, "LON", "inventory", models.LatencyTotal, map[time.Duration]uint64{time.Second: 3})
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data) VALUES
			(101, 0, now(), now() - interval '1 second', 'erp', 'a', 'throughline.inventory.balance.v1', 'k', 'QUICK', 'LON', '{}'),
			(102, 0, now(), now() - interval '7 seconds', 'erp', 'b', 'throughline.inventory.balance.v1', 'k', 'SLOW', 'LON', '{}'),
			(103, 0, now(), now() + interval '3 seconds', 'wms', 'c', 'throughline.inventory.balance.v1', 'k', 'AHEAD', 'LON', '{}'),
			(104, 0, now(), now() - interval '9 seconds', 'erp', 'd', 'throughline.inventory.balance.v1', 'k', 'PARKED', 'LON', '{}');
		INSERT INTO changes (shard, kind, from_seq, to_seq, left_out, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
			VALUES (0, 'batch', 101, 104, '{104}', 3, now(), now(), now(), 1, 1, 1, now());
		UPDATE shard_cursors SET seq = 104, day = current_date WHERE shard = 0`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RoleIT).Get("/latency?dc=LON&entity=inventory")
	var items []string
	for _, row := range p.Find("#slowest tbody tr").EachIter() {
		items = append(items, strings.TrimSpace(row.Find("td").First().Text()))
	}
	if strings.Join(items, " ") != "SLOW QUICK AHEAD" {
		t.Errorf("the slowest are %q: what was left out of its batch is no latency", items)
	}
	see(t, p, "#latency", "wms dated 1 of its newest 1 event after their receipt, by up to 3 s")
}
