package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

// TestFiguresNameTheSystemTheyComeFrom has two sources that tell of stock, of
// which one owns it.
func TestFiguresNameTheSystemTheyComeFrom(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 48)
	w.exec(`INSERT INTO sources (source, system) VALUES ('erp', 'erp'), ('wms', 'wms'), ('planner', 'forecasting') ON CONFLICT DO NOTHING`)
	w.exec(`INSERT INTO owners (entity, source) VALUES ('inventory', 'wms')`)
	w.exec(`INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at)
		SELECT source, entity, 'LEE', 9, now() - interval '3 minutes', now() FROM (VALUES ('erp', 'inventory'), ('wms', 'inventory'), ('planner', 'forecast'), ('erp', 'purchase_order')) AS f (source, entity)`)
	cover := w.SignIn(models.RolePlanner).Get("/dcs/LEE").Find(`section[aria-label="Below cover"]`).Text()
	for _, want := range []string{"available from wms, 3 min", "demand from planner, 3 min", "on order from erp"} {
		if !strings.Contains(cover, want) {
			t.Errorf("what is below cover is told as %q, without %q", strings.Join(strings.Fields(cover), " "), want)
		}
	}
	review := w.SignIn(models.RoleProcurement).Get("/approvals/R-1")
	figures := map[string]string{}
	for _, row := range review.Find("table tbody tr").EachIter() {
		if cells := row.Find("th, td"); cells.Length() == 5 {
			figures[strings.TrimSpace(cells.Eq(0).Text())] = strings.TrimSpace(cells.Eq(1).Text())
		}
	}
	for figure, source := range map[string]string{"On hand": "wms", "On order": "erp", "Forecast revision": "planner"} {
		if figures[figure] != source {
			t.Errorf("%s comes from %q, want %q", figure, figures[figure], source)
		}
	}
}
