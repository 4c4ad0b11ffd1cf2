package webtest_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/webtest"
)

// TestLayersTellWhatIsOpenAgainstAFlow has exceptions that no sweep closes, and
// events that came long after their source's commit.
func TestLayersTellWhatIsOpenAgainstAFlow(t *testing.T) {
	w := webtest.Start(t)
	var late models.Histogram
	late.Add(time.Minute)
	hist, err := late.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.DB.Pool.Exec(t.Context(), `
		INSERT INTO sources (source, system) VALUES ('sap', 'erp'), ('pim', 'erp') ON CONFLICT DO NOTHING;
		INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at)
			SELECT source, entity, 'LON', 0, now(), now() FROM unnest(ARRAY['sap', 'pim']) source, unnest(ARRAY['inventory', 'receipt', 'forecast']) entity;
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, source, dc, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		SELECT code, 'it', stage, code || '|' || key, title, 'h', 'new', priority, 'C2', 'w', split_part(key, '|', 1), dc, now() + interval '1 h', now(), now(), now()
		FROM (VALUES ('TRF-01', 'transformation', 'sap|throughline.inventory.balance.v1', 'Its balances break the contract', 'P2', ''),
			('API-06', 'api', 'sap', 'Unreadable events of sap', 'P3', ''),
			('API-01', 'api', 'pim|LON', 'No stock figures for LON from pim', 'P1', 'LON')) x (code, stage, key, title, priority, dc)`)
	if err == nil {
		_, err = w.DB.Pool.Exec(t.Context(), `INSERT INTO accept_rollups (minute, source, entity, dc, shard, hist) VALUES (date_trunc('minute', now()), 'sap', 'receipt', 'LON', 0, $1)`, hist)
	}
	if err != nil {
		t.Fatal(err)
	}
	it := w.SignIn(models.RoleIT)
	p := it.Get("/layers")
	see(t, p, "#path-sap-inventory td:nth-child(4) a", "Its balances break the contract")
	see(t, p, "#path-sap-inventory td:nth-child(4)", "and 1 more")
	see(t, p, "#path-sap-receipt td:nth-child(4) a", "Unreadable events of SAP")
	see(t, p, "#path-sap-receipt td:nth-child(4)", "target 5 s")
	see(t, p, "#path-pim-inventory td:nth-child(2) a", "No stock figures for LON from PIM")
	see(t, p, "#path-pim-receipt td:nth-child(2)", "pim, ")
	see(t, it.Get("/flow"), "#hop-source-pim", "failing")
	for _, good := range []string{"#path-sap-inventory td:nth-child(4)", "#path-sap-receipt td:nth-child(4)", "#path-pim-inventory td:nth-child(2)"} {
		if p.Find(good+" .health-good").Length() != 0 {
			t.Errorf("%s has its tick", good)
		}
	}
	overview := it.Get("/overview")
	see(t, p, "#path-all td:nth-child(4)", strings.TrimSpace(overview.Find("#layers li:nth-child(3) .health").First().Text()))
	see(t, p, "#path-all td:nth-child(4)", "open")
	see(t, overview, "#figure-failures .severity-p1", "")
}
