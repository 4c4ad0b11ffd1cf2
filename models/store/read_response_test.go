package store_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// passes lets some time go by: all that was kept is older by it.
func passes(t *testing.T, pool *pgxpool.Pool, d time.Duration) {
	t.Helper()
	for _, sql := range []string{
		`UPDATE exceptions SET opened_at = opened_at - $1::interval, acknowledged_at = acknowledged_at - $1::interval, resolved_at = resolved_at - $1::interval`,
		`UPDATE exception_notes SET at = at - $1::interval`,
		`UPDATE shelf_times SET since = since - $1::interval, until = until - $1::interval`,
	} {
		if _, err := pool.Exec(t.Context(), sql, d); err != nil {
			t.Fatal(err)
		}
	}
}

// Nobody is meant to answer what lies on a shelf, its own or that of its kind.
func TestTheTimeOnAShelfIsNoTimeToAnswer(t *testing.T) {
	db := storetest.New(t)
	exceptions, shelves := store.NewExceptions(db), store.NewKindShelves(db, nil)
	var id int64
	if err := db.Pool.QueryRow(t.Context(), `
		WITH x AS (INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, opened_at, last_seen_at, ack_due_at, resolve_due_at)
			VALUES ('API-01', 'it', 'api', 'API-01|x', 'Silent', 'It is silent.', 'new', 'P3', 'C3', 'because', now(), now(), now(), now()) RETURNING id)
		INSERT INTO exception_notes (exception_id, actor, action) SELECT id, 'tower', 'opened' FROM x RETURNING exception_id`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	change := func(action models.ExceptionAction, d time.Duration) {
		t.Helper()
		e, err := exceptions.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exceptions.Change(t.Context(), models.ExceptionChange{ID: id, Version: e.Version, Action: action, Actor: "ivy", Note: "So.", For: d}); err != nil {
			t.Fatal(err)
		}
	}

	passes(t, db.Pool, 30*time.Minute)
	now := time.Now()
	shelf, err := shelves.Shelve(t.Context(), models.KindShelf{Code: "API-01", Actor: "ivy", Reason: "An upgrade.", Since: now, Until: now.Add(time.Hour)})
	if err != nil || shelf.Held != 1 {
		t.Fatalf("%+v, %v", shelf, err)
	}
	passes(t, db.Pool, 40*time.Minute)
	if err := shelves.End(t.Context(), shelf.ID, "ivy", "It is done.", time.Now()); err != nil {
		t.Fatal(err)
	}
	passes(t, db.Pool, 20*time.Minute)
	change(models.ActionAcknowledge, 0)
	change(models.ActionShelve, 2*time.Hour)
	passes(t, db.Pool, time.Hour)
	if _, err := db.Pool.Exec(t.Context(), `UPDATE exceptions SET priority = 'P1'`); err != nil { // which brings it back
		t.Fatal(err)
	}
	passes(t, db.Pool, 15*time.Minute)
	change(models.ActionResolve, 0)

	groups, err := store.NewAlarms(db).Response(t.Context(), time.Now().Add(-24*time.Hour), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if answer, solve := g.ToAnswer.Round(time.Minute), g.ToSolve.Round(time.Minute); answer != 50*time.Minute || solve != 65*time.Minute {
			t.Errorf("by %s it took %s and %s", g.By, answer, solve)
		}
	}
	if len(groups) != 3 {
		t.Errorf("%+v", groups)
	}
}

// Who did what made the cause go has solved the exception, although the next look
// closed it; what was done in vain, or by a program, has not.
func TestWhatAPersonDidToTheCauseSolvedIt(t *testing.T) {
	db := integrationDesk(t)
	const done = `'{"outcome":"done"}'`
	// Of each case the exception is about event 1000 + n, item A at DC n, of the ERP; it
	// opened an hour ago and was closed now.
	for n, c := range []struct {
		code, act string // the act: minutes ago, actor, action, subject, before, after
		more      string
		solved    bool
		answered  time.Duration // after it opened, where that tells something
	}{
		{code: "TRF-07", act: `1, 'ivy', 'event.discard', 'event:{event}', NULL, '{"state":"discarded"}'`, solved: true},
		{code: "TRF-07", act: `1, 'ivy', 'event.retry', 'event:{event}', NULL, '{"state":"applied"}'`, solved: true},
		{code: "TRF-07", act: `1, 'ivy', 'event.edit', 'event:{event}', NULL, '{"state":"superseded","run":3}'`, solved: true},
		{code: "TRF-07", act: `1, 'ivy', 'event.retry', 'event:{event}', NULL, '{"state":"parked"}'`},
		{code: "TRF-07", act: `1, 'ivy', 'event.retry', 'event:{event}', NULL, '{"state":"applied"}'`, solved: true, answered: 10 * time.Minute,
			more: `INSERT INTO audit (at, actor, action, subject, after) VALUES (now() - interval '50 minutes', 'ida', 'event.retry', 'event:{event}', '{"state":"parked"}')`},
		{code: "TRF-07", act: `1, 'ivy', 'event.retry', 'event:7', NULL, '{"state":"applied"}'`},
		{code: "TRF-07", act: `1, 'key:erp', 'event.retry', 'event:{event}', NULL, '{"state":"applied"}'`},
		{code: "TRF-07", act: `90, 'ivy', 'event.retry', 'event:{event}', NULL, '{"state":"applied"}'`},
		{code: "TRF-07", act: `1, 'ivy', 'event.hold', 'event:{event}', NULL, '{}'`},
		{code: "API-04", act: `1, 'ivy', 'route.deliver', 'route:erp', '{"event":{event}}', ` + done, solved: true},
		{code: "API-04", act: `1, 'ivy', 'route.deliver', 'route:erp', '{"event":7}', ` + done},
		{code: "API-04", act: `1, 'ivy', 'route.deliver', 'route:erp', '{"event":{event}}', '{"outcome":"failed"}'`},
		{code: "API-04", act: `1, 'ivy', 'route.discard', 'route:erp', '{"state":"open"}', '{"state":"discarded","event":{event}}'`, solved: true},
		{code: "WFL-05", act: `50, 'ivy', 'erp_write.resubmit', 'erp_write:TL-REC-2', NULL, NULL`},
		{code: "WFL-05", act: `1, 'ivy', 'erp_write.resubmit', 'erp_write:TL-REC-2', NULL, NULL`, solved: true},
		{code: "API-05", act: `1, 'ivy', 'erp_write.resubmit', 'erp_write:TL-REC-2', NULL, NULL`},
		{code: "REC-01", act: `9, 'ivy', 'stock.reread', 'stock:A|{dc}', NULL, ` + done, solved: true},
		{code: "REC-01", act: `9, 'ivy', 'drift.reread', 'drift:{drift}', NULL, ` + done, solved: true},
		{code: "REC-01", act: `9, 'ivy', 'stock.reread', 'stock:A|{dc}', NULL, ` + done, more: `UPDATE drifts SET healed_at = now() - interval '2 minutes' WHERE id = {drift}`},
		{code: "REC-01", act: `9, 'ivy', 'stock.reread', 'stock:A|{dc}', NULL, '{"outcome":"asked"}'`},
		{code: "TRF-05", act: `0, 'ivy', 'exception.reread', 'exception:{id}', NULL, ` + done, solved: true},
		{code: "TRF-05", act: `9, 'ivy', 'exception.reread', 'exception:{id}', NULL, ` + done},
		{code: "BIZ-03", act: `1, 'ivy', 'exception.accept', 'exception:{id}', NULL, ` + done, solved: true},
	} {
		dc, event := strconv.Itoa(n), strconv.Itoa(1000+n)
		id, drift := closed(t, db, c.code, dc, event)
		fill := strings.NewReplacer("{event}", event, "{dc}", dc, "{id}", strconv.FormatInt(id, 10), "{drift}", strconv.FormatInt(drift, 10))
		ago, rest, _ := strings.Cut(c.act, ", ")
		for _, sql := range []string{`INSERT INTO audit (at, actor, action, subject, before, after) VALUES (now() - interval '1 minute' * ` + ago + `, ` + rest + `)`, c.more} {
			if _, err := db.Pool.Exec(t.Context(), fill.Replace(sql)); err != nil {
				t.Fatal(err)
			}
		}
		groups, err := store.NewAlarms(db).Response(t.Context(), time.Now().Add(-24*time.Hour), dc)
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]int64{true: 1}[c.solved]
		for _, g := range groups {
			if g.Solved != want || g.Answered != want || g.Cleared() != 1-want {
				t.Errorf("%s after %s: %d solved, %d answered by %s; want %d", c.code, c.act, g.Solved, g.Answered, g.By, want)
			}
			if c.answered > 0 && g.ToAnswer.Round(time.Minute) != c.answered {
				t.Errorf("%s after %s was answered after %s", c.code, c.act, g.ToAnswer)
			}
		}
		if len(groups) != 3 {
			t.Errorf("%s: %+v", c.code, groups)
		}
	}
}

// closed is an exception of the ERP about item A at a DC and an event, which opened an
// hour ago and was closed now, and for REC-01 the difference that it told of.
func closed(t *testing.T, db *store.DB, code, dc, event string) (id, drift int64) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), `
		WITH x AS (INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, source, item, dc, event_seq, erp_write, opened_at, last_seen_at, ack_due_at, resolve_due_at, resolved_at)
			VALUES ($1, 'it', 'api', $2, 't', 'h', 'resolved', false, 'P3', 'C3', 'w', 'erp', 'A', $2, $3, (SELECT id FROM erp_writes WHERE reference = 'TL-REC-2'), now() - interval '1 hour', now(), now(), now(), now()) RETURNING id),
		noted AS (INSERT INTO exception_notes (exception_id, at, actor, action) SELECT id, now() - interval '1 hour', 'tower', 'opened' FROM x),
		d AS (INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, cleared_at)
			SELECT min(id), 'erp', 'A', $2, 'unexplained', 1, 2, 0, 0, 1, 1, now() - interval '1 minute' FROM reconcile_runs WHERE $1 = 'REC-01' HAVING $1 = 'REC-01' RETURNING id)
		SELECT (SELECT id FROM x), coalesce((SELECT id FROM d), 0)`, code, dc, event).Scan(&id, &drift); err != nil {
		t.Fatal(err)
	}
	return id, drift
}
