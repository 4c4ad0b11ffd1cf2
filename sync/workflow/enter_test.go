package workflow_test

import (
	"testing"
	"time"

	"throughline/models"
)

func TestThePolicyApprovesWhatIsSmall(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 48, "2.55")
	p := w.enter("R-1")
	if p.State != models.ProposalApproved || p.Route != models.RouteAuto {
		t.Fatalf("it is %s by %s, want approved by policy; failed: %s", p.State, p.Route,
			w.text(`SELECT string_agg(rule, ' ') FROM policy_results WHERE NOT passed`))
	}
	write := w.write("R-1")
	line := write.Request.Lines[0]
	if write.State != models.WriteIntent || write.Request.Supplier != "S-1" || line.Item != "A" || line.Quantity.String() != "48" || line.NeedBy != "2026-03-09" {
		t.Errorf("the intent is %+v", write)
	}
	if got := w.text(`SELECT string_agg(moment || ' ' || verdict, ', ' ORDER BY moment) FROM basis_checks`); got != "approve CURRENT, compute CURRENT" {
		t.Errorf("basis checks are %q", got)
	}
	if got := w.text(`SELECT actor || ' ' || by_policy FROM decisions`); got != "policy 2026-11-c true" {
		t.Errorf("the decision is %q", got)
	}
	if got := w.text(`SELECT inputs ->> 'quantity' FROM policy_results WHERE rule = 'pack_multiple'`); got != "48" {
		t.Errorf("the pack rule recorded quantity %q", got)
	}
}

func TestEnteringTwiceIsEnteringOnce(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 48, "2.55")
	w.enter("R-1")
	w.enter("R-1")
	if got := w.text(`SELECT count(*) FROM erp_writes`); got != "1" {
		t.Errorf("there are %s ERP writes, want 1", got)
	}
}

func TestAStaleBasisIsNotApprovedByPolicy(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 48, "2.55")
	w.clock.Advance(time.Second)
	w.stock(41, -30)
	w.clock.Advance(time.Second)
	if p := w.enter("R-1"); p.State != models.ProposalWaiting {
		t.Errorf("it is %s, want it to wait", p.State)
	}
	if got := w.text(`SELECT verdict FROM basis_checks WHERE moment = 'compute'`); got != "CURRENT" {
		t.Errorf("the verdict at compute is %s, want CURRENT as it was known then", got)
	}
}

func TestTheNewestRecommendationTakesTheWaitingOnesPlace(t *testing.T) {
	w := newWorld(t)
	w.waiting("R-1")
	w.clock.Advance(time.Minute)
	w.waiting("R-2")
	if old := w.proposal("R-1"); old.State != models.ProposalSuperseded || old.SupersededBy != "R-2" {
		t.Errorf("the older is %s by %q, want superseded by R-2", old.State, old.SupersededBy)
	}
}

func TestARecommendationThatComesLateIsSuperseded(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 48, "2.55")
	w.clock.Advance(time.Minute)
	w.waiting("R-2")
	if late := w.enter("R-1"); late.State != models.ProposalSuperseded || late.SupersededBy != "R-2" {
		t.Errorf("the late one is %s by %q, want superseded by R-2", late.State, late.SupersededBy)
	}
}

func TestNothingToDoWithdrawsWhatWaits(t *testing.T) {
	w := newWorld(t)
	w.waiting("R-1")
	w.clock.Advance(time.Minute)
	err := w.workflow.Withdraw(t.Context(), models.Evaluation{Run: "run-9", Item: "A", DC: "LEE", EvaluatedAt: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if p := w.proposal("R-1"); p.State != models.ProposalSuperseded || p.SupersededBy != "run run-9" {
		t.Errorf("it is %s by %q, want superseded by the run", p.State, p.SupersededBy)
	}
}

func TestAnApprovedOrderIsSeenByTheNextRecommendation(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 48, "2.55")
	w.enter("R-1")
	w.clock.Advance(time.Minute)
	w.recommend("R-2", 48, "2.55")
	if p := w.enter("R-2"); p.State != models.ProposalWaiting {
		t.Errorf("the second is %s, want it to wait for a person", p.State)
	}
	if got := w.text(`SELECT string_agg(rule, ' ') FROM policy_results WHERE recommendation = 'R-2' AND NOT passed`); got != "no_duplicate" {
		t.Errorf("failed rules are %q, want no_duplicate", got)
	}
}

// Automation would only make a wrong figure act faster.
func TestNothingIsApprovedByPolicyWhileTheStockIsInDoubt(t *testing.T) {
	for name, doubt := range map[string]string{
		"unexplained drift": `
			WITH run AS (INSERT INTO reconcile_runs (source, asked_by, state) VALUES ('erp', 'test', 'finished') RETURNING id)
			INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version)
			SELECT id, 'erp', 'A', 'LEE', 'unexplained', 10, 12, 0, 0, 7, 7 FROM run`,
		"a lost event that no try mended": `
			WITH run AS (INSERT INTO reconcile_runs (source, asked_by, state) VALUES ('erp', 'test', 'finished') RETURNING id)
			INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, heals_in_vain)
			SELECT id, 'erp', 'A', 'LEE', 'missing_event', 10, 12, 0, 0, 8, 7, 5 FROM run`,
		"less than nothing on hand": `UPDATE positions SET on_hand = -2 WHERE item = 'A' AND dc = 'LEE'`,
		"a foreign write": `
			INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint)
			VALUES (900001, 0, now(), now(), 'wms', 'w-1', 'throughline.inventory.balance.v1', 'A|LEE', 'A', 'LEE', '{}', 'parked',
				'transformation', 'OWN-01', 'wms does not own inventory', gen_random_uuid())`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.exec(doubt)
			w.recommend("R-1", 48, "2.55")
			if p := w.enter("R-1"); p.State != models.ProposalWaiting {
				t.Errorf("it is %s, want it to wait for a person", p.State)
			}
			if got := w.text(`SELECT string_agg(rule, ' ') FROM policy_results WHERE recommendation = 'R-1' AND NOT passed`); got != "stock_trusted" {
				t.Errorf("failed rules are %q, want stock_trusted", got)
			}
		})
	}
}

// What the tower mends by itself is in doubt once it has given up only.
func TestADifferenceThatIsBeingMendedStopsNothing(t *testing.T) {
	w := newWorld(t)
	w.exec(`
		WITH run AS (INSERT INTO reconcile_runs (source, asked_by, state) VALUES ('erp', 'test', 'finished') RETURNING id)
		INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, heals_in_vain)
		SELECT id, source, 'A', 'LEE', cause, 10, 12, 0, 0, 8, 7, 4 FROM run, (VALUES ('erp', 'missing_event'), ('replenishment', 'lost')) AS d (source, cause)`)
	w.recommend("R-1", 48, "2.55")
	if p := w.enter("R-1"); p.State != models.ProposalApproved {
		t.Errorf("it is %s", p.State)
	}
}

// A transfer takes from one DC what it brings to another: both have to be right.
func TestATransferIsNotApprovedByPolicyWhileItsSendingDCIsBelowNothing(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, as_of, seq, updated_at)
		VALUES ('A', 'YRK', -3, 0, 'EA', 9, 9, $1, 6, $1)`, w.clock.Now())
	w.recommend("R-1", 48, "2.55")
	w.exec(`UPDATE recommendations SET kind = 'transfer', from_dc = 'YRK', supplier = ''`)
	if p := w.enter("R-1"); p.State != models.ProposalWaiting {
		t.Errorf("it is %s, want it to wait for a person", p.State)
	}
	if got := w.text(`SELECT string_agg(rule, ' ') FROM policy_results WHERE recommendation = 'R-1' AND NOT passed`); got != "stock_trusted" {
		t.Errorf("failed rules are %q, want stock_trusted", got)
	}
}

func TestAPersonHasUntilTheCutOff(t *testing.T) {
	w := newWorld(t)
	p := w.waiting("R-1")
	if want := w.clock.Now().Add(4 * time.Hour); !p.DueAt.Equal(want) {
		t.Errorf("due at %s, want %s: the policy's time is shorter than the cut-off", p.DueAt, want)
	}
	w.clock.Advance(5 * time.Hour)
	w.exec(`UPDATE proposals SET state = 'rejected', decided_at = now()`)
	w.recommend("R-2", 240, "2.55")
	w.exec(`UPDATE recommendations SET order_by = $1 WHERE recommendation = 'R-2'`, w.clock.Now().Add(time.Hour))
	if p := w.enter("R-2"); !p.DueAt.Equal(w.clock.Now().Add(time.Hour)) {
		t.Errorf("due at %s, want the cut-off in an hour", p.DueAt)
	}
}

func TestABlockedSupplierAndASpentBudgetWaitForAPerson(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 48, "2.55")
	w.exec(`UPDATE suppliers SET status = 'blocked'`)
	if p := w.enter("R-1"); p.State != models.ProposalWaiting || w.text(`SELECT inputs ->> 'supplier_status' FROM policy_results WHERE rule = 'supplier_active' AND NOT passed`) != "blocked" {
		t.Errorf("an order to a blocked supplier is %s", p.State)
	}
	w.exec(`UPDATE suppliers SET status = 'active'`)
	w.exec(`UPDATE proposals SET state = 'approved', decided_at = $1::timestamptz - interval '6 days', value = 149990`, w.clock.Now())
	w.exec(`UPDATE recommendations SET item = 'OTHER'`)
	w.recommend("R-2", 48, "2.55")
	if p := w.enter("R-2"); p.State != models.ProposalWaiting || w.text(`SELECT inputs ->> 'committed_after' FROM policy_results WHERE rule = 'budget' AND NOT passed`) != "150112.4" {
		t.Errorf("an order over the budget is %s", p.State)
	}
	w.exec(`UPDATE proposals SET decided_at = $1::timestamptz - interval '8 days' WHERE recommendation = 'R-1'`, w.clock.Now())
	w.recommend("R-3", 48, "2.55")
	if p := w.enter("R-3"); p.State != models.ProposalApproved {
		t.Errorf("with last week's orders out of the budget it is %s", p.State)
	}
}
