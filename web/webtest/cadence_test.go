package webtest_test

import (
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestCadenceLeadsToTheEventsOfAFeed(t *testing.T) {
	w := webtest.Start(t)
	// The first hour brings two arrivals half an hour apart, and nothing since.
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at) VALUES
			('erp', 'receipt', 'LON', 0, now() - interval '3 h', now() - interval '3 h'), ('erp', 'receipt', 'YRK', 1, now() - interval '40 d', now() - interval '40 d');
		INSERT INTO arrivals (hour, source, entity, dc, slots, events) VALUES
			(date_trunc('hour', now()) - interval '3 h', 'erp', 'receipt', 'LON', (repeat('0', 90) || '1' || repeat('0', 179) || '1' || repeat('0', 89))::bit(360), 40);
		UPDATE shard_cursors SET seq = 90000, day = (now() AT TIME ZONE 'UTC')::date WHERE shard = 3;
		INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data)
			VALUES (80000, 3, now(), now(), 'erp', 'e1', 'throughline.receipt.posted.v1', 'PO-1', 'A1', 'LON', '{}')`)
	if err != nil {
		t.Fatal(err)
	}
	it := w.SignIn(models.RoleIT)
	href, _ := it.Get("/windows").Find("a[href='/windows/cadence']").Attr("href")
	p := it.Get(href)
	see(t, p, "#feed-erp-receipt-LON", "30 min")
	see(t, p, "#feed-erp-receipt-LON", "batches")
	see(t, p, "#feed-erp-receipt-LON", "40")
	see(t, p, "#feed-erp-receipt-YRK", "40 d")
	opening, _ := p.Find("#feed-erp-receipt-LON a.row-link").Attr("href")
	if event, _ := it.Get(opening).Find("#feed-event-80000 a.row-link").Attr("href"); event != "/events/80000" {
		t.Errorf("the feed leads to %q", event)
	}
	if p := it.Get("/windows/cadence?dc=YRK"); p.Find("#feeds tbody tr[id]").Length() != 1 {
		t.Error("the filter by DC shows another's")
	}
	if p := it.Get("/windows/cadence?period=1h"); p.Find("#feed-erp-receipt-LON").Length() != 1 {
		t.Error("what was silent in the period is gone")
	} else {
		see(t, p, "#feed-erp-receipt-LON", "–")
	}
}
