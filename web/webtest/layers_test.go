package webtest_test

import (
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestEachLiveFlowIsFollowedThroughTheLayers(t *testing.T) {
	w := webtest.Start(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO sources (source, system) VALUES ('sap', 'erp'), ('oracle', 'forecasting'), ('gone', 'wms') ON CONFLICT DO NOTHING;
		INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at) VALUES
			('sap', 'inventory', 'LON', 0, now() - interval '5 seconds', now()), ('sap', 'supplier', '', 0, now(), now()),
			('oracle', 'forecast', 'LON', 0, now(), now()), ('gone', 'inventory', 'LON', 0, now() - interval '2 days', now() - interval '2 days');
		INSERT INTO subscriptions (name, url, secret, types, state) VALUES
			('planner', 'http://127.0.0.1:9/', 's', '{throughline.inventory.balance.v1}', 'paused');
		INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint, created_at)
			VALUES (900, 0, now(), now(), 'sap', 'e', 'throughline.inventory.balance.v1', 'k', 'X', 'LON', '{}', 'parked', 'transformation', 'TRF-07', 'It cannot be.', gen_random_uuid(), now())`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RolePlanner).Get("/layers")
	see(t, p, "#path-sap-inventory td:nth-child(2)", "sap")
	see(t, p, "#path-sap-inventory td:nth-child(3)", "→ planner paused")
	see(t, p, "#path-sap-inventory td:nth-child(4)", "1 parked")
	see(t, p, "#path-sap-inventory td:nth-child(5)", "nothing open")
	see(t, p, "#path-sap-supplier td:nth-child(5)", "drives no workflow")
	see(t, p, "#path-sap-supplier td:nth-child(6)", "no target")
	see(t, p, "#path-oracle-forecast td:nth-child(2)", "–")
	see(t, p, "#path-oracle-forecast td:nth-child(3)", "oracle")
	if p.Find("#path-sap-inventory a[href^='/flow']").Length() != 0 {
		t.Error("a planner is led to the flow map, which is not theirs to open")
	}
	if p.Find("#path-gone-inventory").Length() != 0 {
		t.Error("a flow that ended two days ago is called live")
	}
	see(t, w.SignIn(models.RoleExecutive).Get("/overview"), "a[href='/layers']", "Every flow through them")
}
