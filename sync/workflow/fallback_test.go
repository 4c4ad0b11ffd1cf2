package workflow_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// late makes a system silent, for all DCs or for one, with what happens meanwhile.
func (w *world) late(source, dc string, fallback models.Fallback) {
	w.t.Helper()
	w.exec(`INSERT INTO sources (source, system) VALUES ($1, 'other') ON CONFLICT DO NOTHING`, source)
	if err := store.NewFallbacks(w.db).Declare(w.t.Context(), source, fallback); err != nil {
		w.t.Fatal(err)
	}
	w.exec(`INSERT INTO exceptions (code, dedupe_key, team, stage, title, happened, state, priority, consequence, why, source, dc, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('API-01', concat_ws('|', 'API-01', $1::text, nullif($2::text, '')), 'it', 'api', 'It is silent', 'Nothing came.', 'new', 'P1', 'C3', 'so', $1, $2, $3, $3, $3, $3)`, source, dc, w.clock.now)
}

func (w *world) heard() {
	w.t.Helper()
	w.exec(`UPDATE exceptions SET standing = false, state = 'resolved', resolved_at = $1`, w.clock.now)
}

func (w *world) release() {
	w.t.Helper()
	if _, err := w.workflow.Release(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatALateFeedDoesToRecommendations(t *testing.T) {
	tests := map[string]struct {
		dc       string
		fallback models.Fallback
		state    models.ProposalState
		mark     models.Fallback
	}{
		"its last good figures are used":   {"", models.FallbackLastGood, models.ProposalApproved, models.FallbackLastGood},
		"a person decides":                 {"", models.FallbackManual, models.ProposalWaiting, models.FallbackManual},
		"it is held":                       {"", models.FallbackHold, models.ProposalWaiting, models.FallbackHold},
		"it is held for its own DC":        {"LEE", models.FallbackHold, models.ProposalWaiting, models.FallbackHold},
		"another DC is late":               {"YRK", models.FallbackHold, models.ProposalApproved, models.FallbackNone},
		"nothing is declared for the feed": {"", models.FallbackNone, models.ProposalApproved, models.FallbackNone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.late("forecasting", tt.dc, tt.fallback)
			w.recommend("R-1", 48, "2.55")
			p := w.enter("R-1")
			if p.State != tt.state || p.Fallback != tt.mark {
				t.Errorf("it is %s under %q, want %s under %q", p.State, p.Fallback, tt.state, tt.mark)
			}
			if marked := p.LateFeed == "forecasting"; marked != (tt.mark != "") {
				t.Errorf("its late feed is %q", p.LateFeed)
			}
		})
	}
}

func TestTheStrictestFallbackHolds(t *testing.T) {
	w := newWorld(t)
	w.late("forecasting", "", models.FallbackLastGood)
	w.late("erp", "LEE", models.FallbackHold)
	w.recommend("R-1", 48, "2.55")
	if p := w.enter("R-1"); p.Fallback != models.FallbackHold || p.LateFeed != "erp" {
		t.Errorf("%q for %q, want hold for erp", p.Fallback, p.LateFeed)
	}
}

func TestWhatIsHeldGoesItsWayWhenTheFeedIsHeard(t *testing.T) {
	w := newWorld(t)
	w.late("erp", "", models.FallbackHold)
	w.recommend("R-1", 48, "2.55")
	p := w.enter("R-1")
	if _, err := w.workflow.Decide(t.Context(), approval(p, "paula")); models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("approving what is held gives %v", err)
	}
	w.release()
	if p := w.proposal("R-1"); p.State != models.ProposalWaiting {
		t.Fatalf("released while the feed is late: %s", p.State)
	}
	w.heard()
	w.release()
	w.release()
	if p := w.proposal("R-1"); p.State != models.ProposalApproved || p.Fallback != models.FallbackNone || p.Route != models.RouteAuto {
		t.Errorf("heard again, it is %s by %s under %q", p.State, p.Route, p.Fallback)
	}
	if got := w.text(`SELECT count(*) FROM erp_writes`); got != "1" {
		t.Errorf("there are %s ERP writes, want 1", got)
	}
	if got := w.text(`SELECT passed FROM policy_results WHERE rule = 'feeds_heard'`); got != "true" {
		t.Errorf("the rule's last word is %s", got)
	}
}

func TestWhatIsHeldAndTooLargeWaitsForAPersonAfterwards(t *testing.T) {
	w := newWorld(t)
	w.late("erp", "", models.FallbackHold)
	w.waiting("R-1")
	w.heard()
	w.release()
	p := w.proposal("R-1")
	if p.State != models.ProposalWaiting || p.Fallback != models.FallbackNone {
		t.Errorf("it is %s under %q", p.State, p.Fallback)
	}
	if _, err := w.workflow.Decide(t.Context(), approval(p, "paula")); err != nil {
		t.Errorf("approving it: %v", err)
	}
}

func TestAHoldIsSetAsideForAWhileByAnotherThanTheApprover(t *testing.T) {
	w := newWorld(t)
	w.late("erp", "", models.FallbackHold)
	p := w.waiting("R-1")
	fallbacks := store.NewFallbacks(w.db)
	lift := models.FallbackOverride{Source: "erp", Reason: "The van leaves at noon.", Actor: "ines", Since: w.clock.now, Ends: w.clock.now.Add(30 * time.Minute)}
	tooLong := lift
	tooLong.Ends = lift.Since.Add(5 * time.Hour)
	if err := fallbacks.Lift(t.Context(), tooLong); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("an override of five hours gives %v", err)
	}
	if err := fallbacks.Lift(t.Context(), lift); err != nil {
		t.Fatal(err)
	}
	if err := fallbacks.Lift(t.Context(), lift); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("a second override gives %v", err)
	}
	w.release()
	if p := w.proposal("R-1"); p.Fallback != models.FallbackLastGood || p.LateFeed != "erp" {
		t.Errorf("with the hold set aside its mark is %q for %q", p.Fallback, p.LateFeed)
	}
	p = w.proposal(p.Recommendation)
	if _, err := w.workflow.Decide(t.Context(), approval(p, "ines")); models.CodeOf(err) != models.CodeForbidden {
		t.Errorf("who set the hold aside approves: %v", err)
	}
	w.clock.Advance(30 * time.Minute) // it lapses by itself
	if _, err := w.workflow.Decide(t.Context(), approval(p, "paula")); models.CodeOf(err) != models.CodePrecondition || !strings.Contains(err.Error(), "is held") {
		t.Errorf("approving after the override has lapsed gives %v", err)
	}
	if got := w.text(`SELECT count(*) FROM audit WHERE action = 'fallback.lift' AND actor = 'ines'`); got != "1" {
		t.Errorf("%s audit rows", got)
	}
}

func TestWhoSetAHoldAsideMayNotApproveBehindAnotherLateFeed(t *testing.T) {
	w := newWorld(t)
	w.late("forecasting", "", models.FallbackLastGood)
	w.clock.Advance(time.Second)
	w.late("erp", "", models.FallbackHold)
	p := w.waiting("R-1")
	lift := models.FallbackOverride{Source: "erp", Reason: "The van leaves at noon.", Actor: "ines", Since: w.clock.now, Ends: w.clock.now.Add(30 * time.Minute)}
	if err := store.NewFallbacks(w.db).Lift(t.Context(), lift); err != nil {
		t.Fatal(err)
	}
	if _, err := w.workflow.Decide(t.Context(), approval(p, "ines")); models.CodeOf(err) != models.CodeForbidden {
		t.Errorf("who set the hold aside approves: %v", err)
	}
	if _, err := w.workflow.Decide(t.Context(), approval(p, "paula")); err != nil {
		t.Errorf("somebody else approves: %v", err)
	}
}

func TestAnOverrideIsForOneSilence(t *testing.T) {
	w := newWorld(t)
	w.late("erp", "", models.FallbackHold)
	lift := models.FallbackOverride{Source: "erp", Reason: "The van leaves at noon.", Actor: "ines", Since: w.clock.now, Ends: w.clock.now.Add(30 * time.Minute)}
	fallbacks := store.NewFallbacks(w.db)
	if err := fallbacks.Lift(t.Context(), lift); err != nil {
		t.Fatal(err)
	}
	w.heard()
	w.release()
	if err := fallbacks.Lift(t.Context(), lift); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("setting aside what is heard gives %v", err)
	}
	w.late("erp", "", models.FallbackHold)
	w.recommend("R-1", 48, "2.55")
	if p := w.enter("R-1"); p.Fallback != models.FallbackHold {
		t.Errorf("in the next silence it is under %q", p.Fallback)
	}
}
