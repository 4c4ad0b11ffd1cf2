package store_test

import (
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
