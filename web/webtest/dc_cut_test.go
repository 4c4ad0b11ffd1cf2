package webtest_test

import (
	"fmt"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// TestPagesAreCutByDC has exceptions at two DCs, which the watch closes as it sees
// them, and stock of one of the two.
func TestPagesAreCutByDC(t *testing.T) {
	w := webtest.Start(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO locations (dc, name, time_zone, version, content_hash, seq, updated_at)
			SELECT dc, dc, 'Europe/London', 1, gen_random_uuid(), 1, now() FROM unnest(ARRAY['LON', 'YRK']) AS dc;
		INSERT INTO sources (source, system) VALUES ('pim', 'wms') ON CONFLICT DO NOTHING;
		INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at, events) VALUES ('pim', 'inventory', 'LON', 0, now(), now(), 1)`)
	if err != nil {
		t.Fatal(err)
	}
	fails := func() {
		_, err := w.DB.Pool.Exec(t.Context(), `
			WITH x AS (INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, dc, value_at_risk, opened_at, last_seen_at, ack_due_at, resolve_due_at)
				SELECT 'TRF-06', 'it', 'transformation', gen_random_uuid(), 'Trouble at ' || dc, 'H', 'new', 'P2', 'C2', 'w', dc, 50, now(), now(), now(), now() FROM unnest(ARRAY['LON', 'YRK']) AS dc RETURNING id)
			INSERT INTO exception_notes (exception_id, at, actor, action) SELECT id, now(), 'tower', 'opened' FROM x`)
		if err != nil {
			t.Fatal(err)
		}
	}
	it, boss := w.SignIn(models.RoleIT), w.SignIn(models.RoleExecutive)
	eventually(t, "the risks of one DC", func() bool {
		fails()
		risks := boss.Get("/executive?dc=LON").Find("#executive").Text()
		return strings.Contains(risks, "Trouble at LON") && !strings.Contains(risks, "Trouble at YRK")
	})
	alarms := it.Get("/alarms?dc=LON")
	see(t, alarms, "main", "LON only; exceptions that name no DC are left out")
	if href, _ := alarms.Find("#load-it a.row-link").Attr("href"); href != "/exceptions/it?dc=LON" {
		t.Errorf("the load leads to %q", href)
	}
	calls := func(dc string) (n int) {
		_, rest, _ := strings.Cut(it.Get("/api/v1/alarms?dc="+dc).Body, `"calls":`)
		if _, err := fmt.Sscan(strings.SplitN(rest, ",", 2)[0], &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if all, lon, yrk := calls(""), calls("LON"), calls("YRK"); lon == 0 || lon != yrk || all < 2*lon {
		t.Errorf("%d calls are of LON and %d of YRK, of %d", lon, yrk, all)
	}
	see(t, it.Get("/layers?dc=LON"), "#path-pim-inventory", "pim")
	hidden(t, it.Get("/layers?dc=YRK"), "#path-pim-inventory")
	see(t, it.Get("/connectors"), "#source-pim", "has no key")
	for dc, useful := range map[string]bool{"LON": true, "YRK": false} {
		if row := it.Get("/connectors?dc=" + dc).Find("#source-pim").Text(); strings.Contains(row, "never") == useful {
			t.Errorf("at %s the source says %q", dc, row)
		}
	}
	capability := it.Get("/capabilities?dc=LON")
	if href, _ := capability.Find("#capability-inventory a.row-link").Attr("href"); href != "/capabilities?dc=LON&open=inventory" {
		t.Errorf("a capability leads to %q", href)
	}
	see(t, it.Get("/capabilities?dc=LON&open=inventory"), "#panel", "Open exceptions")
}
