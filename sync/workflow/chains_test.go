package workflow_test

import (
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/eventlog"
)

func (w *world) chains() *store.Chains {
	rule := store.BasisRule{Clock: models.RealTime(), Window: time.Hour}
	return store.NewChains(w.db, rule, "replenishment", w.clock.Now)
}

// ordered makes a thread from forecast to receipt around R-1 and order PO-1.
func (w *world) ordered() {
	w.t.Helper()
	_, erp := newERP(w.t)
	for _, table := range []string{"evaluations", "orders", "confirmations", "asns", "receipts"} {
		w.exec("ALTER TABLE " + table + " ALTER content_hash SET DEFAULT gen_random_uuid()")
	}
	w.approved("R-1")
	w.round(w.writer(erp))
	now := w.clock.Now()
	w.exec(`INSERT INTO evaluations (run, item, dc, outcome, reason, recommendation, forecast_revision, evaluated_at, seq)
		VALUES ('run-R-1', 'A', 'LEE', 'recommend', 'below the order point', 'R-1', 7, $1, 299)`, now)
	w.exec(`INSERT INTO orders (number, kind, reference, supplier, dc, state, currency, ordered_at, version, seq, applied_at)
		VALUES ('PO-1', 'purchase', 'TL-R-1', 'S-1', 'LEE', 'received', 'GBP', $1, 3, 400, $1)`, now)
	w.exec(`INSERT INTO order_lines (number, line, item, quantity, unit, unit_price, need_by) VALUES ('PO-1', 1, 'A', 240, 'EA', 2.55, '2026-03-09')`)
	w.exec(`INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, seq) VALUES ('C-1', 'PO-1', 1, 240, 'EA', '2026-03-09', $1, 401)`, now)
	w.exec(`INSERT INTO asns (asn, number, line, quantity, unit, shipped_at, eta_day, seq) VALUES ('N-1', 'PO-1', 1, 240, 'EA', $1, '2026-03-09', 402)`, now)
	w.exec(`INSERT INTO receipts (receipt, number, line, item, dc, quantity, unit, received_at, seq) VALUES ('G-1', 'PO-1', 1, 'A', 'LEE', 240, 'EA', $1, 403)`, now)
}

// logEvent stores an event as the log does.
func (w *world) logEvent(e models.Event) {
	w.t.Helper()
	entry := eventlog.NewEntry(e, models.Shards{Realtime: 8, Bulk: 2})
	w.exec(`CREATE TABLE IF NOT EXISTS events_test PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2100-01-01')`)
	w.exec(`INSERT INTO sources (source, system) VALUES ('forecasting', 'forecasting')`)
	w.exec(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data)
		VALUES (900, $1, $2, $2, $3, $4, $5, $6, $7, $8, $9)`, entry.Shard, w.clock.Now(), e.Source, e.ID, e.Type, e.Key, e.Item, e.DC, e.Data)
	w.exec(`INSERT INTO event_keys (hash, fingerprint, seq, shard, received_at) VALUES ($1, $2, 900, $3, $4)`,
		entry.Hash, entry.Fingerprint, entry.Shard, w.clock.Now())
}

func TestTheChainIsFoundFromAnyKey(t *testing.T) {
	w := newWorld(t)
	w.ordered()
	w.logEvent(models.Event{
		Source: "forecasting", ID: "f-7-A-LEE", Type: models.TypeForecastRevision, Key: "forecast:A|LEE", Item: "A", DC: "LEE",
		Data: `{"item":"A","dc":"LEE","revision":7}`,
	})
	for query, focus := range map[string]string{
		"A": "", "A@LEE": "", "A@LEE#7": "revision:7", "f-7-A-LEE": "revision:7",
		"R-1": "recommendation:R-1", "TL-R-1": "recommendation:R-1", "PO-1": "order:PO-1:1", " PO-1 ": "order:PO-1:1",
	} {
		chain, err := w.chains().Find(t.Context(), query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if chain.Focus != focus || chain.Item != "A" || chain.DC != "LEE" || chain.Description != "White hanging heart" {
			t.Errorf("%s leads to %q at %s with the focus on %q, want %q", query, chain.Item, chain.DC, chain.Focus, focus)
		}
		for _, stage := range models.ChainStages() {
			nodes := chain.Stage(stage)
			if len(nodes) != 1 || nodes[0].Gap {
				t.Errorf("%s: %s holds %+v, want the one thing that happened", query, stage, nodes)
			}
		}
	}
	for _, unknown := range []string{"", "nothing", "A@YRK", "A@LEE#8", "A@LEE#x", "%"} {
		if _, err := w.chains().Find(t.Context(), unknown); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("%q: %v, want not found", unknown, err)
		}
	}
}

func TestTheChainCarriesTheVerdicts(t *testing.T) {
	w := newWorld(t)
	w.ordered()
	chain, err := w.chains().Find(t.Context(), "R-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range chain.Nodes {
		judged := slices.Contains([]models.ChainStage{models.StageRecommendation, models.StageDecision, models.StageOrder}, n.Stage)
		if (n.Verdict == models.VerdictCurrent) != judged {
			t.Errorf("the verdict at %s is %q", n.Stage, n.Verdict)
		}
	}
	if chain.Basis == nil || len(chain.Basis.Checks) != 4 {
		t.Errorf("the basis is %+v, want four verdicts", chain.Basis)
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.ordered()
	for text, want := range map[string]string{
		"R-1": "recommendation R-1", "TL-R-1": "order PO-1", "PO-1": "order PO-1", "a": "item A", "hanging": "item A",
		"hearts": "supplier S-1", "york": "location YRK", "A@LEE#7": "revision A@LEE#7",
	} {
		hits, err := w.chains().Search(t.Context(), text, 5)
		if err != nil || len(hits) == 0 {
			t.Errorf("%s: %v, %v", text, hits, err)
			continue
		}
		if got := hits[0].Kind + " " + hits[0].Query; got != want {
			t.Errorf("%s finds %q first, want %q", text, got, want)
		}
	}
	for _, nothing := range []string{"", "%", "_", "nothing at all"} {
		if hits, err := w.chains().Search(t.Context(), nothing, 5); err != nil || len(hits) != 0 {
			t.Errorf("%q finds %v, %v; want nothing", nothing, hits, err)
		}
	}
}

func TestTheInfluenceBoard(t *testing.T) {
	w := newWorld(t)
	board := store.NewInfluence(w.db)
	all := models.InfluenceFilter{Consumer: "replenishment", States: models.InfluenceStates()}
	state := func() models.InfluenceState {
		t.Helper()
		page, err := board.Board(t.Context(), all)
		if err != nil || len(page.Rows) != 1 {
			t.Fatalf("the board is %+v, %v; want one row", page, err)
		}
		return page.Rows[0].State
	}
	if got := state(); got != models.InfluenceNotDelivered {
		t.Errorf("at first it is %s", got)
	}
	w.exec(`INSERT INTO subscriptions (name, url, secret, types) VALUES ('replenishment', 'http://x', 's', '{t}')`)
	w.exec(`INSERT INTO delivered_versions (subscription, entity, item, dc, version, delivered_at) VALUES ('replenishment', 'forecast', 'A', 'LEE', 7, $1)`, w.clock.Now())
	if got := state(); got != models.InfluenceNotEvaluated {
		t.Errorf("delivered it is %s", got)
	}
	w.exec(`ALTER TABLE evaluations ALTER content_hash SET DEFAULT gen_random_uuid()`)
	w.exec(`INSERT INTO evaluations (run, item, dc, outcome, reason, forecast_revision, evaluated_at, seq) VALUES ('N', 'A', 'LEE', 'blocked', 'no balance', 7, $1, 299)`, w.clock.Now())
	for _, answer := range []struct {
		outcome string
		want    models.InfluenceState
		blocked string
	}{
		{"blocked", models.InfluenceBlocked, "evaluation"}, {"recommend", models.InfluenceAnnounced, "recommendation"}, {"no_action", models.InfluenceNoAction, ""},
	} {
		w.exec(`UPDATE evaluations SET outcome = $1 WHERE run = 'N'`, answer.outcome)
		page, err := board.Board(t.Context(), all)
		if err != nil || len(page.Rows) != 1 || page.Rows[0].State != answer.want || page.Rows[0].BlockedAt() != answer.blocked {
			t.Errorf("evaluated as %s the board is %+v, %v", answer.outcome, page.Rows, err)
		}
		open, err := board.Board(t.Context(), models.InfluenceFilter{Consumer: "replenishment"})
		if err != nil || (len(open.Rows) == 1) != (answer.blocked != "") {
			t.Errorf("evaluated as %s the open tab has %+v, %v", answer.outcome, open.Rows, err)
		}
	}
	w.recommend("R-1", 48, "2.55")
	if got := state(); got != models.InfluenceRecommended {
		t.Errorf("recommended it is %s", got)
	}
	_, erp := newERP(t)
	w.enter("R-1")
	w.round(w.writer(erp))
	if got := state(); got != models.InfluenceOrdered {
		t.Errorf("ordered it is %s", got)
	}
	counts, err := board.Counts(t.Context(), models.InfluenceFilter{Consumer: "replenishment"})
	if err != nil || counts[models.InfluenceOrdered] != 1 || len(counts) != 1 {
		t.Errorf("counts are %v, %v", counts, err)
	}
}
