package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

func TestAShelvedExceptionComesBackByItself(t *testing.T) {
	db := storetest.New(t)
	exceptions := store.NewExceptions(db)
	var id int64
	if err := db.Pool.QueryRow(t.Context(), `
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('API-01', 'it', 'api', 'API-01|x', 'Silent', 'It is silent.', 'new', 'P3', 'C3', 'because', now(), now(), now(), now()) RETURNING id`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	listed := func(f models.ExceptionFilter) int {
		t.Helper()
		page, err := exceptions.Queue(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Rows)
	}
	expect := func(moment string, queue, shelf int) {
		t.Helper()
		if q, s := listed(models.ExceptionFilter{}), listed(models.ExceptionFilter{Shelved: true}); q != queue || s != shelf {
			t.Errorf("%s: %d in the queue and %d on the shelf, want %d and %d", moment, q, s, queue, shelf)
		}
	}
	set := func(sql string) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	shelve := models.ExceptionChange{ID: id, Version: 1, Action: models.ActionShelve, Actor: "ida", Note: "The source is in maintenance.", For: time.Hour}
	for what, wrong := range map[string]models.ExceptionChange{
		"no reason": {ID: id, Version: 1, Action: models.ActionShelve, Actor: "ida", For: time.Hour},
		"no time":   {ID: id, Version: 1, Action: models.ActionShelve, Actor: "ida", Note: "It can wait."},
		"two days":  {ID: id, Version: 1, Action: models.ActionShelve, Actor: "ida", Note: "It can wait.", For: 48 * time.Hour},
	} {
		if _, err := exceptions.Change(t.Context(), wrong); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("shelved with %s: %v", what, err)
		}
	}
	expect("before", 1, 0)
	changed, err := exceptions.Change(t.Context(), shelve)
	if err != nil || changed.State != models.ExceptionNew || !changed.Shelved(time.Now()) {
		t.Fatalf("it became %+v, %v", changed, err)
	}
	expect("shelved", 0, 1)
	set(`UPDATE exceptions SET priority = 'P1'`)
	expect("become most urgent", 1, 0)
	set(`UPDATE exceptions SET priority = 'P3'`)
	expect("less urgent again", 0, 1)
	set(`UPDATE exceptions SET shelved_until = now()`)
	expect("its time is over", 1, 0)
	set(`UPDATE exceptions SET shelved_until = now() + interval '1 hour'`)
	if _, err := exceptions.Change(t.Context(), models.ExceptionChange{ID: id, Version: changed.Version, Action: models.ActionUnshelve, Actor: "ida"}); err != nil {
		t.Fatal(err)
	}
	expect("taken back", 1, 0)
	var audited int
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action IN ('exception.shelve', 'exception.unshelve')`).Scan(&audited); err != nil || audited != 2 {
		t.Errorf("%d audit rows (%v), want 2", audited, err)
	}
}
