package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

// TestWhatRetentionLeftOfAnEventIsShown has a stub of an event whose day is gone.
func TestWhatRetentionLeftOfAnEventIsShown(t *testing.T) {
	w := newWorld(t)
	w.exec(`UPDATE shard_cursors SET seq = 950 WHERE shard = 0`)
	w.exec(`INSERT INTO event_stubs (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, refs)
		VALUES (901, 0, $1, $1, 'erp', 'asn-17', 'throughline.asn.sent.v1', '', 'purchase_order:PO-1', '85123A', 'LEE', '', '{}')`, w.now.AddDate(0, 0, -40))
	it := w.SignIn(models.RoleIT)
	p := it.Get("/events/901")
	if text := p.Find("main").Text(); !strings.Contains(text, "Retention has taken its payload") || !strings.Contains(text, "asn-17") || !strings.Contains(text, "applied") {
		t.Errorf("the page says %s", text)
	}
	if p.Find("pre").Length() != 0 {
		t.Error("it shows a payload that is gone")
	}
	w.exec(`INSERT INTO retired_days (day, events, first_seq, last_seq, stubs, stubs_gone, stubs_gone_at, bytes) VALUES ('2024-01-09', 40, 100, 140, 12, 12, $1, 0)`, w.now)
	if books := it.Get("/books"); !strings.Contains(books.Find("#retired-2024-01-09").Text(), "0 of 12 since "+w.now.UTC().Format("2006-01-02")) {
		t.Errorf("the books say of the stubs %s", books.Find("#retired-2024-01-09").Text())
	}
	if gone := it.Get("/events/120"); !strings.Contains(gone.Text(), "the stubs that it had left") {
		t.Errorf("of an event whose stub is gone the page says %s", gone.Text())
	}
	if found := it.Get("/chain?q=asn-17"); !strings.Contains(found.Find("main").Text(), "85123A") {
		t.Errorf("the search does not find it: %s", found.Find("main").Text())
	}
}
