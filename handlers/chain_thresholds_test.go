package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestTheChainSaysWhetherStockIsBelowItsThreshold(t *testing.T) {
	w := newWorld(t)
	reader := w.SignIn(models.RolePlanner)
	levels := func() string {
		return strings.Join(strings.Fields(reader.Get("/chain?q=85123A@LEE").Find("section[aria-label='Stock and its thresholds']").Text()), " ")
	}
	if text := levels(); text != "" {
		t.Errorf("nothing was told, and the chain reads %q", text)
	}
	w.exec(`INSERT INTO threshold_breaches (item, dc, threshold, level, available, version, content_hash, seq, occurred_at) VALUES
		('85123A', 'LEE', 'safety_stock', 12, 7, 39, gen_random_uuid(), 901, $1), ('85123A', 'YRK', 'reorder_point', 99, 7, 39, gen_random_uuid(), 902, $1)`, w.now)
	if text := levels(); !strings.Contains(text, "8 EA available, not above its level of 12 EA") || !strings.Contains(text, "at 7 EA") || strings.Contains(text, "99") {
		t.Errorf("below its level the chain reads %q", text)
	}
	w.exec(`UPDATE positions SET on_hand = 50 WHERE item = '85123A'`)
	if text := levels(); !strings.Contains(text, "48 EA available, above its level of 12 EA again") {
		t.Errorf("above its level the chain reads %q", text)
	}
}
