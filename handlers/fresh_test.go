package handlers_test

import (
	"testing"
	"time"

	"throughline/models"
)

// TestStockPastItsWindowIsStruckThrough has two DCs of one source, one of which
// it has not told of for longer than its interval allows.
func TestStockPastItsWindowIsStruckThrough(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO sources (source, system, interval_s) VALUES ('erp', 'erp', 60) ON CONFLICT (source) DO UPDATE SET interval_s = 60`)
	w.exec(`DELETE FROM freshness WHERE entity = 'inventory'`)
	for dc, age := range map[string]time.Duration{"LEE": 5 * time.Minute, "YRK": 10 * time.Second} {
		w.exec(`INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at) VALUES ('erp', 'inventory', $1, 0, $2, $2)`, dc, w.now.Add(-age))
	}
	p := w.SignIn(models.RolePlanner).Get("/overview")
	if p.Find("#dc-LEE .number .stale").Length() != 1 || p.Find("#dc-YRK .number .stale").Length() != 0 {
		t.Errorf("struck through are %d of the silent DC and %d of the other", p.Find("#dc-LEE .number .stale").Length(), p.Find("#dc-YRK .number .stale").Length())
	}
	if p.Find("#dc-YRK .number [data-window]").Length() != 1 {
		t.Error("nothing says until when the other's figure holds, so an open page could not strike it through")
	}
}
