package workflow_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
	"throughline/sync/configuration"
	"throughline/sync/workflow"
)

// act is an act of a person, or of the policy, as it is handed to the process.
type act struct {
	Named     string // one of deskActs
	Enter     string // a recommendation
	Release   bool   // what no hold is in force for
	Hold      *models.EventHold
	Unhold    int64 // sequence of an event that is on hold
	Cancel    int64 // a bulk action
	Decide    *models.Decision
	Pause     *models.Pause
	Change    *models.ExceptionChange
	Discard   int64 // sequence of a parked event
	GoOn      int64 // with a bulk action
	Skip      *models.DeliveryAttempt
	Rewind    *rewind
	Rotate    *rotation
	Lift      *models.FallbackOverride
	Sign      int64  // a run of reconciliation
	Configure string // a throughline.yaml
	Own       *models.Owner
	Key       *models.APIKey // to be made
	Revoke    string         // prefix of a key

	repeats bool // asked for once more it is done, and audited, once more
}

type rewind struct {
	Route string
	To    models.RewindTo
}

type rotation struct{ Route, Fingerprint string }

func (a act) do(ctx context.Context, db *store.DB, now time.Time) (err error) {
	switch {
	case a.Named != "":
		err = deskActs[a.Named](ctx, db, now)
	case a.Decide != nil || a.Enter != "" || a.Release:
		err = a.doInWorkflow(ctx, db, now)
	case a.Pause != nil:
		err = store.NewPauses(db).Pause(ctx, *a.Pause)
	case a.Change != nil:
		_, err = store.NewExceptions(db).Change(ctx, *a.Change)
	case a.Discard != 0:
		var engine *apply.Engine
		if engine, err = apply.New(ctx, apply.Config{DB: db}); err == nil {
			_, err = engine.Discard(ctx, []int64{a.Discard}, "ida", "It is a test.")
		}
	case a.GoOn != 0:
		_, err = store.NewBulks(db).GoOn(ctx, a.GoOn, "ida", "Looks right.")
	case a.Cancel != 0:
		err = store.NewBulks(db).Cancel(ctx, a.Cancel, "ida", "It was the wrong cause.")
	case a.Hold != nil:
		err = store.NewEventHolds(db).Hold(ctx, *a.Hold)
	case a.Unhold != 0:
		err = store.NewEventHolds(db).Release(ctx, a.Unhold, "ida", "The supplier has called.", now)
	case a.Skip != nil:
		err = store.NewFailures(db).SkipMessage(ctx, *a.Skip, "ivy", "Never understood.")
	case a.Rewind != nil:
		err = store.NewFailures(db).RewindRoute(ctx, a.Rewind.Route, a.Rewind.To, "ivy", "It lost an hour.")
	case a.Rotate != nil:
		_, err = store.NewFailures(db).RotateSecret(ctx, a.Rotate.Route, a.Rotate.Fingerprint, time.Hour, "ivy", "It leaked.")
	case a.Lift != nil:
		err = store.NewFallbacks(db).Lift(ctx, *a.Lift)
	case a.Sign != 0:
		err = store.NewReconciles(db).Sign(ctx, a.Sign, "ida", "Both differences are known.")
	case a.Configure != "":
		err = configure(ctx, db, a.Configure)
	case a.Own != nil:
		err = store.NewOwners(db).Set(ctx, *a.Own, "ida", "The warehouse counts now.")
	default:
		err = a.doWithKeys(ctx, db)
	}
	return err
}

func (a act) doWithKeys(ctx context.Context, db *store.DB) error {
	keys := store.NewAPIKeys(db)
	if a.Key != nil {
		return keys.Add(ctx, *a.Key, "other", []byte(a.Key.Prefix), "command line")
	}
	return keys.Revoke(ctx, a.Revoke, "command line", "It leaked.")
}

func (a act) doInWorkflow(ctx context.Context, db *store.DB, now time.Time) error {
	flow, err := workflow.New(workflow.Config{Store: store.NewWorkflow(db), Engine: &engine{}, Now: func() time.Time { return now }})
	switch {
	case err != nil:
	case a.Enter != "":
		err = flow.Enter(ctx, a.Enter)
	case a.Release:
		_, err = flow.Release(ctx)
	default:
		_, err = flow.Decide(ctx, *a.Decide)
	}
	return err
}

func configure(ctx context.Context, db *store.DB, text string) error {
	document, err := configuration.Parse([]byte(text))
	if err != nil {
		return err
	}
	to, err := document.Configuration(os.LookupEnv)
	if err != nil {
		return err
	}
	_, err = store.NewConfigurations(db).Apply(ctx, to, "command line", false)
	return err
}

// actCase is an act with what counts it: its effect, 1 when it is there whole,
// and its row among the audit's.
type actCase struct {
	name          string
	act           act
	effect, audit string
}

// acts are what people may do, each with something to do it to.
func (w *world) acts() []actCase {
	w.t.Helper()
	w.approved("R-0")
	w.itemsOfTheirOwn()
	w.exec(`UPDATE recommendations SET item = 'A-0' WHERE recommendation = 'R-0'`) // what was ordered is no reason to think about the others
	w.recommend("R-5", 240, "2.55")
	w.exec(`UPDATE recommendations SET item = 'A-5' WHERE recommendation = 'R-5'`)
	if p := w.enter("R-5"); p.State != models.ProposalWaiting {
		w.t.Fatalf("R-5 is %s, want it to wait", p.State)
	}
	decision := approval(w.waiting("R-1"), "ana")
	w.late("erp", "", models.FallbackManual) // the only exception
	return append([]actCase{
		{
			"an approval", act{Decide: &decision},
			`SELECT count(*) FROM proposals p JOIN decisions d USING (recommendation) JOIN erp_writes w USING (recommendation) WHERE p.state = 'approved'`,
			`subject = 'recommendation:R-1'`,
		},
		{
			"a pause", act{Pause: &models.Pause{Kind: models.PauseSource, Name: "erp", Reason: "works", Actor: "ivy", Since: w.clock.Now()}},
			`SELECT count(*) FROM pauses`, `subject = 'source:erp'`,
		},
		{
			"the lift of a fallback", act{Lift: &models.FallbackOverride{
				Source: "erp", Reason: "The van leaves at noon.", Actor: "ines", Since: w.clock.Now(), Ends: w.clock.Now().Add(30 * time.Minute),
			}},
			`SELECT count(*) FROM fallback_overrides`, `action = 'fallback.lift'`,
		},
		{
			"an exception taken note of", act{Change: &models.ExceptionChange{ID: 1, Version: 1, Action: models.ActionAcknowledge, Actor: "ben"}},
			`SELECT count(*) FROM exceptions WHERE id = 1 AND state = 'acknowledged'`, `subject = 'exception:1'`,
		},
		{
			"a run of reconciliation signed off", act{Sign: w.finishedRun()},
			`SELECT count(*) FROM reconcile_runs WHERE signed_by = 'ida'`, `action = 'reconcile.sign'`,
		},
		{
			"throughline config apply", act{Configure: "systems:\n  wms: {kind: wms, interval: 10m}\n  oms: {kind: oms, interval: 20m}\n"},
			`SELECT count(*) FROM configurations WHERE (SELECT count(*) FROM sources WHERE (source, interval_s) IN (('wms', 600), ('oms', 1200))) = 2`,
			`subject = 'configuration'`,
		},
	}, slices.Concat(w.accessActs(), w.parkedActs(), w.routeActs(), w.exceptionActs(), w.deskCases())...)
}

// accessActs say who may bring what.
func (w *world) accessActs() []actCase {
	w.t.Helper()
	const prefix = "tlk_abcdef"
	w.exec(`INSERT INTO sources (source, system) VALUES ('yard', 'other')`)
	w.exec(`INSERT INTO owners (entity, record, source) VALUES ('location', '', 'yard')`)
	w.exec(`INSERT INTO sources (source, system) VALUES ('depot', 'other')`)
	return []actCase{
		{
			"an entity given to another owner", act{Own: &models.Owner{Entity: "location", Source: "depot"}},
			`SELECT count(*) FROM owners WHERE entity = 'location' AND source = 'depot'`, `action = 'owner.set'`,
		},
		{
			"a key made", act{Key: &models.APIKey{Source: "tms", Prefix: prefix, Interval: time.Hour}},
			`SELECT count(*) FROM api_keys k JOIN sources s USING (source) WHERE k.prefix = '` + prefix + `' AND s.interval_s = 3600`, `action = 'key.add'`,
		},
		{
			"a key limited", act{Named: "a key limited", repeats: true},
			`SELECT count(*) FROM api_keys WHERE prefix = '` + prefix + `' AND rate = 20 AND burst = 40`, `action = 'key.limit'`,
		},
		{
			"a key revoked", act{Revoke: prefix},
			`SELECT count(*) FROM api_keys WHERE prefix = '` + prefix + `' AND revoked_at IS NOT NULL`, `action = 'key.revoke'`,
		},
	}
}

// exceptionActs are the work on an exception from its first owner to its end.
func (w *world) exceptionActs() (cases []actCase) {
	w.t.Helper()
	const id = 72
	w.exec(`INSERT INTO exceptions (id, code, dedupe_key, team, stage, title, happened, state, priority, consequence, why, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		OVERRIDING SYSTEM VALUE VALUES ($2, 'API-06', 'API-06|y', 'it', 'api', 'Not read', 'It is not JSON.', 'new', 'P3', 'C1', 'so', $1, $1, $1, $1)`, w.clock.Now(), id)
	for i, step := range []struct {
		name, is string
		change   models.ExceptionChange
	}{
		{"an exception given to somebody", `state = 'assigned' AND owner = 'ivy'`, models.ExceptionChange{Action: models.ActionAssign, Owner: "ivy"}},
		{"an exception begun with", `state = 'in_progress'`, models.ExceptionChange{Action: models.ActionStart}},
		{"an exception that waits for somebody", `state = 'waiting'`, models.ExceptionChange{Action: models.ActionWait, Note: "Their support looks.", For: time.Hour}},
		{"an exception put aside", `shelved_until IS NOT NULL`, models.ExceptionChange{Action: models.ActionShelve, Note: "Known until noon.", For: time.Hour}},
		{"an exception taken back", `shelved_until IS NULL`, models.ExceptionChange{Action: models.ActionUnshelve}},
		{"an exception resolved", `state = 'resolved'`, models.ExceptionChange{Action: models.ActionResolve, Note: "They send JSON again."}},
	} {
		change := step.change
		change.ID, change.Version, change.Actor = id, i+1, "ben"
		cases = append(cases, actCase{
			step.name, act{Change: &change}, `SELECT count(*) FROM exceptions WHERE id = 72 AND ` + step.is,
			`subject = 'exception:72' AND action = 'exception.` + string(change.Action) + `'`,
		})
	}
	return cases
}

// parkedActs are on the desk of parked events, which has two.
func (w *world) parkedActs() []actCase {
	w.t.Helper()
	const group = "00000000-0000-0000-0000-000000000001"
	w.exec(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint)
		SELECT n, 0, now(), now(), 'erp', 'e-' || n, $2, 'inventory:A|LEE', 'A', 'LEE', '{}', 'parked', 'transformation', 'TRF-06', 'No rule.', $1
		FROM generate_series(801, 802) n`, group, models.TypeBalance)
	w.exec(`INSERT INTO books_received (source, lane, received) VALUES ('erp', 'realtime', 2)`)
	w.exec(`INSERT INTO books_decided (source, shard, parked) VALUES ('erp', 0, 2)`)
	bulk, err := store.NewBulks(w.db).Plan(w.t.Context(), models.BulkPlan{
		Action: models.BulkRetry, Filter: models.ParkedFilter{State: "parked", Fingerprint: group},
		Canary: 1, Rate: 1000, Stop: 10, Actor: "ida", Reason: "The rule is there now.",
	}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return []actCase{
		{
			"the go-ahead of a bulk action", act{GoOn: bulk},
			`SELECT count(*) FROM bulk_runs WHERE status = 'canary' AND started_at IS NOT NULL`, `action = 'bulk.canary'`,
		},
		{
			"the end of a bulk action before its time", act{Cancel: bulk},
			`SELECT count(*) FROM bulk_runs WHERE status = 'cancelled' AND ended_at IS NOT NULL`, `action = 'bulk.cancelled'`,
		},
		{
			"a parked event put on hold", act{Hold: &models.EventHold{
				Seq: 802, Reason: "The supplier will call.", Actor: "ida", Since: w.clock.Now(), Ends: w.clock.Now().Add(time.Hour),
			}},
			`SELECT count(*) FROM event_holds WHERE seq = 802`, `action = 'event.hold'`,
		},
		{
			"the release of an event on hold", act{Unhold: 802},
			`SELECT count(*) FROM unsettled_events WHERE seq = 802 AND NOT EXISTS (SELECT FROM event_holds)`, `action = 'event.release'`,
		},
		{
			"the discard of a parked event", act{Discard: 801},
			`SELECT count(*) FROM settled_events s JOIN books_decided b USING (source, shard)
				WHERE s.seq = 801 AND s.outcome = 'discarded' AND b.discarded = 1 AND b.parked = 1 AND NOT EXISTS (SELECT FROM unsettled_events u WHERE u.seq = s.seq)`,
			`subject = 'event:801'`,
		},
	}
}

// routeActs are on a route that has delivered one batch and is stuck at the next.
func (w *world) routeActs() []actCase {
	w.t.Helper()
	const name, secret = "planning", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
	err := store.NewRoutes(w.db).Ensure(w.t.Context(), models.Subscription{
		Name: name, URL: "https://planning.example.com", Secret: secret, Types: []models.EventType{models.TypeBalance},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.exec(`INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
		SELECT 3, 'batch', seq, seq, 1, now(), now(), now(), 0, 0, 0, now() FROM generate_series(901, 902) seq`)
	w.exec(`UPDATE consumer_cursors SET pos = (SELECT min(pos) FROM changes) WHERE consumer = 'route:planning' AND shard = 3`)
	w.exec(`INSERT INTO deliveries (subscription, shard, from_pos, to_pos, from_seq, to_seq, message_id, events, attempt, started_at, ended_at, outcome, class)
		SELECT 'planning', 3, max(pos), max(pos), 902, 902, 'm-902', 1, 1, now(), now(), 'failed', 'permanent' FROM changes`)
	page, err := store.NewFailures(w.db).Deliveries(w.t.Context(), models.DeliveryQuery{Subscription: name, Failed: true, Limit: 1})
	if err != nil || len(page.Rows) != 1 {
		w.t.Fatalf("the delivery that failed: %+v, %v", page, err)
	}
	const cursor = `SELECT count(*) FROM consumer_cursors c WHERE consumer = 'route:planning' AND shard = 3 AND `
	return []actCase{
		{
			"a route's secret replaced", act{Rotate: &rotation{name, models.SecretFingerprint(secret)}},
			`SELECT count(*) FROM subscriptions WHERE secret_rotated_at IS NOT NULL AND old_secret = '` + secret + `' AND secret <> old_secret`,
			`action = 'route.rotate_secret'`,
		},
		{
			"a message skipped", act{Skip: &page.Rows[0]},
			cursor + `skipped_seq = 902`, `action = 'route.skip'`,
		},
		{
			"a route moved back", act{Rewind: &rewind{name, models.RewindTo{Since: time.Now().Add(-time.Hour)}}},
			cursor + `pos < (SELECT min(pos) FROM changes) AND (SELECT rewinds FROM subscriptions) = 1`, `action = 'route.rewind'`,
		},
	}
}

// finishedRun is a run of reconciliation that nobody has signed.
func (w *world) finishedRun() (id int64) {
	w.t.Helper()
	err := w.db.Pool.QueryRow(w.t.Context(),
		`INSERT INTO reconcile_runs (source, asked_by, state, finished_at) VALUES ('erp', 'test', 'finished', now()) RETURNING id`).Scan(&id)
	if err != nil {
		w.t.Fatal(fmt.Errorf("a run of reconciliation: %w", err))
	}
	return id
}
