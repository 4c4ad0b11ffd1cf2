package workflow_test

import (
	"context"
	"errors"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/workflow"
)

// deskActs are acts with nothing to hand to the process but their names, in the
// order of deskCases.
var deskActs = map[string]func(ctx context.Context, db *store.DB, now time.Time) error{
	"a failed order sent again": func(ctx context.Context, db *store.DB, now time.Time) error {
		flow, id, err := found(ctx, db, now, `SELECT id FROM erp_writes WHERE recommendation = 'R-0'`)
		if err != nil {
			return err
		}
		return flow.Resubmit(ctx, id, "pia", "The ERP knows the supplier now.")
	},
	"an order given up": func(ctx context.Context, db *store.DB, now time.Time) error {
		flow, id, err := found(ctx, db, now, `SELECT id FROM erp_writes WHERE recommendation = 'R-1'`)
		if err != nil {
			return err
		}
		return flow.Discard(ctx, id, "pia", "The customer went away.")
	},
	"a key limited": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewAPIKeys(db).SetLimit(ctx, "tlk_abcdef", models.RateLimit{Rate: 20, Burst: 40}, "ada", "It sends too much.")
	},
	"a step of a runbook ticked": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewExceptions(db).Tick(ctx, 1, "Look at the network.", "ivy", true)
	},
	"a tick taken back": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewExceptions(db).Tick(ctx, 1, "Look at the network.", "ivy", false)
	},
	"a change of an exception undone": func(ctx context.Context, db *store.DB, _ time.Time) error {
		_, err := store.NewExceptions(db).Undo(ctx, undoneException, 2, "ben")
		return err
	},
	"a kind of exceptions shelved": func(ctx context.Context, db *store.DB, now time.Time) error {
		_, err := store.NewKindShelves(db, nil).Shelve(ctx, models.KindShelf{
			Code: models.ExceptionLateInbound, Reason: "The port is on strike.", Actor: "ben", Since: now, Until: now.Add(time.Hour),
		})
		return err
	},
	"a kind taken back": func(ctx context.Context, db *store.DB, now time.Time) error {
		_, id, err := found(ctx, db, now, `SELECT id FROM kind_shelves`)
		if err != nil {
			return err
		}
		return store.NewKindShelves(db, nil).End(ctx, id, "ben", "The strike is over.", now.Add(time.Minute))
	},
	"a pause planned": func(ctx context.Context, db *store.DB, now time.Time) error {
		ends := now.Add(2 * time.Hour)
		_, err := store.NewPauses(db).Plan(ctx, models.Pause{
			Kind: models.PauseSource, Name: "oms", Reason: "works", Actor: "ivy", Since: now.Add(time.Hour), Ends: &ends,
		}, now)
		return err
	},
	"a planned pause cancelled": func(ctx context.Context, db *store.DB, now time.Time) error {
		pauses := store.NewPauses(db)
		planned, err := pauses.Planned(ctx, now)
		if err != nil || len(planned) == 0 {
			return err
		}
		return pauses.Cancel(ctx, planned[0].ID, "ivy", "The works are off.", now)
	},
	"a pause ended": func(ctx context.Context, db *store.DB, now time.Time) error {
		return store.NewPauses(db).Resume(ctx, models.PauseSource, "erp", "ivy", "The works are done.", now.Add(time.Minute))
	},
	"a fallback in force again": func(ctx context.Context, db *store.DB, now time.Time) error {
		return store.NewFallbacks(db).Restore(ctx, "erp", "ines", "The van has left.", now.Add(time.Minute))
	},
	"a route paused": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewFailures(db).SetRouteState(ctx, "planning", "paused", "ivy", "It is being moved.")
	},
	"a route resumed": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewFailures(db).SetRouteState(ctx, "planning", "active", "ivy", "It is there again.")
	},
	"a refused event discarded": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewFailures(db).DiscardRefused(ctx, "planning", 1, "ivy", "It is of no use there.")
	},
	"a supplier's notice ticked off": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewApprovals(db, store.BasisRule{}, time.Now).SeeSupplierNotice(ctx, 951, "pia", "They close for a week in May.")
	},
	"a question about a recommendation": func(ctx context.Context, db *store.DB, now time.Time) error {
		flow, _, err := found(ctx, db, now, `SELECT 0`)
		if err != nil {
			return err
		}
		return flow.Ask(ctx, "R-5", "pia", "Why so many?")
	},
	"a question answered": func(ctx context.Context, db *store.DB, now time.Time) error {
		flow, id, err := found(ctx, db, now, `SELECT min(id) FROM proposal_questions`)
		if err != nil {
			return err
		}
		return flow.Answer(ctx, "R-5", id, "ben", "A fair is coming.")
	},
	"a recommendation computed again": func(ctx context.Context, db *store.DB, now time.Time) error {
		flow, _, err := found(ctx, db, now, `SELECT 0`)
		if err != nil {
			return err
		}
		return flow.Recompute(ctx, "R-5", "pia", "The fair is off.")
	},
	"a recommendation rejected": func(ctx context.Context, db *store.DB, now time.Time) error {
		flow, version, err := found(ctx, db, now, `SELECT version FROM proposals WHERE recommendation = 'R-5'`)
		if err != nil {
			return err
		}
		_, err = flow.Decide(ctx, models.Decision{
			Recommendation: "R-5", Version: int(version), Shown: models.VerdictCurrent, Verdict: models.DecisionRejected, Actor: "pia", Reason: "The fair is off.",
		})
		return err
	},
	"an exception handed on": func(ctx context.Context, db *store.DB, _ time.Time) error {
		_, err := store.NewExceptions(db).Route(ctx, models.EventRoute{Seq: 802, Team: models.TeamPlanner, Note: "They know the item.", Actor: "ida"}, models.Escalations{})
		return err
	},
	"a password replaced": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewUsers(db).SetPassword(ctx, "ada", "new", "another hash")
	},
	"a view shared": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewLists(db).SaveView(ctx, models.SavedView{List: "/exceptions", Name: "Leeds", Query: "dc=LEE", Owner: "new", Role: models.RolePlanner})
	},
	"a shared view deleted": func(ctx context.Context, db *store.DB, now time.Time) error {
		_, id, err := found(ctx, db, now, `SELECT id FROM saved_views`)
		if err != nil {
			return err
		}
		return store.NewLists(db).DeleteView(ctx, id, "new")
	},
	"a triage": func(ctx context.Context, db *store.DB, now time.Time) error {
		_, id, err := found(ctx, db, now, `SELECT id FROM triages`)
		if err != nil {
			return err
		}
		_, err = store.NewTriages(db).Run(ctx, id, models.TriageOrder{Actor: "ben", Teams: []models.Team{models.TeamIT}})
		return err
	},
	"a triage undone": func(ctx context.Context, db *store.DB, now time.Time) error {
		_, id, err := found(ctx, db, now, `SELECT id FROM triages`)
		if err != nil {
			return err
		}
		_, err = store.NewTriages(db).Undo(ctx, id, "ben")
		return err
	},
	"an account made": func(ctx context.Context, db *store.DB, _ time.Time) error {
		return store.NewUsers(db).Add(ctx, "ada", models.User{Name: "new", FullName: "New", Role: models.RolePlanner}, "hash")
	},
}

// found is a workflow, and the id of the row that an act is about.
func found(ctx context.Context, db *store.DB, now time.Time, sql string) (flow *workflow.Workflow, id int64, err error) {
	flow, err = workflow.New(workflow.Config{Store: store.NewWorkflow(db), Engine: &engine{}, Now: func() time.Time { return now }})
	return flow, id, errors.Join(err, db.Pool.QueryRow(ctx, sql).Scan(&id))
}

// undoneException is one that ben has just taken note of.
const undoneException = 70

// deskCases come after the others, whose effects some of them take back.
func (w *world) deskCases() []actCase {
	w.t.Helper()
	w.exec(`UPDATE erp_writes SET state = 'failed', sent_at = $1 WHERE recommendation = 'R-0'`, w.clock.Now())
	w.exec(`UPDATE proposals SET state = 'failed' WHERE recommendation = 'R-0'`)
	w.exec(`INSERT INTO exceptions (id, code, dedupe_key, team, stage, title, happened, state, version, priority, consequence, why, opened_at, last_seen_at, ack_due_at, resolve_due_at, acknowledged_at)
		OVERRIDING SYSTEM VALUE VALUES ($2, 'API-06', 'API-06|x', 'it', 'api', 'Not read', 'It is not JSON.', 'acknowledged', 2, 'P3', 'C1', 'so', $1, $1, $1, $1, $1)`, w.clock.Now(), undoneException)
	w.exec(`INSERT INTO audit (at, actor, action, subject, reason, before, after) VALUES (now() + interval '1 day', 'ben', 'exception.acknowledge', 'exception:70', '',
		'{"state":"new","owner":"","resolution":"","version":1}', '{"state":"acknowledged","version":2}')`)
	w.exec(`INSERT INTO refused_events (subscription, pos, seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, conflict, data, applied_at, status, answer, attempts, refused_at)
		VALUES ('planning', 1, 901, 3, now(), now(), 'erp', 'e-901', $1, '', 'inventory:A|LEE', 'A', 'LEE', '', false, '{}', now(), 422, 'no', 1, now())`, models.TypeBalance)
	w.exec(`INSERT INTO supplier_exceptions (seq, supplier, kind, message, occurred_at) VALUES (951, 'S-1', 'closure', 'We close in May.', now())`)
	w.exec(`INSERT INTO exceptions (id, code, dedupe_key, fingerprint, team, stage, title, happened, state, priority, consequence, why, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		OVERRIDING SYSTEM VALUE VALUES (71, 'TRF-06', 'TRF-06|x', (SELECT fingerprint FROM unsettled_events WHERE seq = 802), 'it', 'transformation', 'No rule', 'No rule.', 'new', 'P3', 'C1', 'so', $1, $1, $1, $1)`, w.clock.Now())
	act := func(name, effect, audit string) actCase {
		return actCase{name: name, act: act{Named: name}, effect: effect, audit: audit}
	}
	repeated := func(name, effect, audit string) actCase {
		c := act(name, effect, audit)
		c.act.repeats = true
		return c
	}
	return []actCase{
		repeated("a failed order sent again",
			`SELECT count(*) FROM erp_writes w JOIN proposals p USING (recommendation) WHERE recommendation = 'R-0' AND w.state = 'unknown' AND p.state = 'approved'`,
			`action = 'erp_write.resubmit'`),
		act("an order given up",
			`SELECT count(*) FROM erp_writes w JOIN proposals p USING (recommendation) WHERE recommendation = 'R-1' AND w.state = 'discarded' AND p.state = 'rejected'`,
			`action = 'erp_write.discard'`),
		act("a step of a runbook ticked", `SELECT count(*) FROM runbook_ticks`, `action = 'exception.step_done'`),
		act("a tick taken back", `SELECT 1 - count(*) FROM runbook_ticks`, `action = 'exception.step_undone'`),
		act("a change of an exception undone",
			`SELECT count(*) FROM exceptions x JOIN exception_notes n ON n.exception_id = x.id WHERE x.id = 70 AND x.state = 'new' AND n.action = 'undone'`,
			`action = 'exception.undo'`),
		act("a kind of exceptions shelved", `SELECT count(*) FROM kind_shelves`, `action = 'kind.shelve'`),
		act("a kind taken back", `SELECT count(*) FROM kind_shelves WHERE ended_by = 'ben'`, `action = 'kind.take_back'`),
		act("a pause planned", `SELECT count(*) FROM pauses WHERE name = 'oms'`, `action = 'flow.plan_pause'`),
		act("a planned pause cancelled", `SELECT 1 - count(*) FROM pauses WHERE name = 'oms'`, `action = 'flow.cancel_pause'`),
		act("a pause ended", `SELECT count(*) FROM pauses WHERE name = 'erp' AND ends IS NOT NULL`, `action = 'flow.resume'`),
		act("a fallback in force again", `SELECT 1 - count(*) FROM fallback_overrides`, `action = 'fallback.restore'`),
		act("a route paused", `SELECT count(*) FROM subscriptions WHERE state = 'paused'`, `action = 'route.pause'`),
		act("a route resumed", `SELECT count(*) FROM subscriptions WHERE state = 'active'`, `action = 'route.resume'`),
		act("a refused event discarded", `SELECT count(*) FROM refused_events WHERE state = 'discarded'`, `action = 'route.discard'`),
		act("a supplier's notice ticked off", `SELECT count(*) FROM supplier_exceptions WHERE seen_by = 'pia'`, `action = 'supplier_notice.see'`),
		repeated("a question about a recommendation", `SELECT count(DISTINCT question) FROM proposal_questions`, `action = 'proposal.ask'`),
		act("a question answered", `SELECT count(*) FROM proposal_questions WHERE answered_by = 'ben'`, `action = 'proposal.answer'`),
		repeated("a recommendation computed again", `SELECT count(DISTINCT verdict) FROM decisions WHERE recommendation = 'R-5'`, `action = 'proposal.recompute'`),
		act("a recommendation rejected",
			`SELECT count(*) FROM proposals p JOIN decisions d USING (recommendation) WHERE recommendation = 'R-5' AND p.state = 'rejected' AND d.verdict = 'rejected'`,
			`action = 'proposal.rejected'`),
		repeated("an exception handed on", `SELECT count(*) FROM exceptions WHERE id = 71 AND routed_team = 'planner'`, `action = 'exception.route'`),
		act("an account made", `SELECT count(*) FROM users WHERE name = 'new'`, `action = 'user.add'`),
		repeated("a password replaced", `SELECT count(*) FROM users WHERE password_hash = 'another hash'`, `action = 'user.password'`),
		act("a view shared", `SELECT count(*) FROM saved_views`, `action = 'view.save'`),
		act("a shared view deleted", `SELECT 1 - count(*) FROM saved_views`, `action = 'view.delete'`),
	}
}
