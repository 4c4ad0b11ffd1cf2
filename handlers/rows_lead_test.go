package handlers_test

import (
	"net/http"
	"testing"

	"throughline/models"
)

func TestRowsLeadToWhatTheyAreAbout(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO sources (source, system) VALUES ('erp', 'erp'), ('wms', 'wms') ON CONFLICT DO NOTHING`)
	w.exec(`INSERT INTO api_keys (source, prefix, hash) VALUES ('erp', 'p', 'a'), ('wms', 'q', 'b')`)
	w.exec(`INSERT INTO rejected_counts (minute, source, type, code, count) VALUES (date_trunc('minute', now()), 'erp', 't', 'API-06', 2)`)
	it := w.SignIn(models.RoleIT)
	for _, c := range []struct{ path, row, to string }{
		{"/dcs/LEE", "#cover-85123A", "/chain?q=85123A%40LEE"},
		{"/connectors", "#source-erp", "/rejected?source=erp"},
		{"/connectors", "#source-wms", "/parked?source=wms"},
	} {
		row := it.Get(c.path).Find(c.row + "[data-row]")
		if href := row.Find("a[data-open]").AttrOr("href", ""); href != c.to {
			t.Errorf("%s of %s leads to %q, want %q", c.row, c.path, href, c.to)
			continue
		}
		if p := it.Get(c.to); p.Status != http.StatusOK {
			t.Errorf("%s is answered with %d", c.to, p.Status)
		}
	}
}
