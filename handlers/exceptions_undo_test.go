package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// oneException opens an exception of IT's that no sweep looks for.
func (w *world) oneException(key string) (address string) {
	w.t.Helper()
	w.standingExceptions(key, 1)
	return fmt.Sprintf("/exceptions/%d", w.count(`SELECT id FROM exceptions WHERE dedupe_key = '`+key+`1'`))
}

// stands is what people changed of an exception.
func (w *world) stands(address string) (state string, untouched bool) {
	w.t.Helper()
	err := w.DB.Pool.QueryRow(w.t.Context(), `
		SELECT state, owner = '' AND acknowledged_at IS NULL AND resolved_at IS NULL AND resolution = '' AND shelved_until IS NULL FROM exceptions WHERE id = $1::text::bigint`,
		strings.TrimPrefix(address, "/exceptions/")).Scan(&state, &untouched)
	if err != nil {
		w.t.Fatal(err)
	}
	return state, untouched
}

func TestWhatWasJustDoneWithAnExceptionIsTakenBack(t *testing.T) {
	w := newWorld(t)
	it := w.SignIn(models.RoleIT)
	for action, values := range map[string][]string{
		"acknowledge": nil, "assign": nil, "start": nil, "resolve": {"reason", "mended"}, "shelve": {"reason", "later", "for", "4h"},
	} {
		address := w.oneException(action)
		done := submit(it, it.Get(address), address+"/"+action, values...)
		if _, untouched := w.stands(address); done.Status != http.StatusOK || untouched {
			t.Fatalf("%s: %d %s", action, done.Status, done.Text())
		}
		undone := submit(it, done, address+"/undo")
		if state, untouched := w.stands(address); undone.Status != http.StatusOK || state != "new" || !untouched {
			t.Errorf("undo of %s: %d %s, it is %s", action, undone.Status, undone.Text(), state)
		}
		if history := it.Get(address).Find(".timeline").Text(); !strings.Contains(history, "Undone") {
			t.Errorf("the history after %s: %s", action, history)
		}
		if again := submit(it, done, address+"/undo"); again.Status != http.StatusConflict {
			t.Errorf("a second undo of %s: %d", action, again.Status)
		}
	}
	if rows := w.count(`SELECT count(*) FROM audit WHERE action = 'exception.undo'`); rows != 5 {
		t.Errorf("%d audit rows, want 5", rows)
	}
}

func TestAnUndoIsRefusedOnceItWouldTakeMoreAway(t *testing.T) {
	w := newWorld(t)
	it, other := w.SignIn(models.RoleIT), w.second(models.RoleIT)
	acknowledged := func(key string) (string, *webtest.Page) {
		address := w.oneException(key)
		return address, submit(it, it.Get(address), address+"/acknowledge")
	}
	address, done := acknowledged("of another")
	if p := submit(other, done, address+"/undo"); p.Status != http.StatusPreconditionFailed {
		t.Errorf("by another person: %d", p.Status)
	}
	if p := submit(other, other.Get(address), address+"/assign"); p.Status != http.StatusOK {
		t.Fatalf("assign: %d", p.Status)
	}
	if p := submit(it, done, address+"/undo"); p.Status != http.StatusConflict || !strings.Contains(p.Text(), "second-it") {
		t.Errorf("after somebody else's change: %d %s", p.Status, p.Text())
	}
	if state, _ := w.stands(address); state != "assigned" {
		t.Errorf("it is %s", state)
	}
	late, done := acknowledged("late")
	w.exec(`INSERT INTO audit (at, actor, action, subject, before, after)
		SELECT at - interval '1 minute', actor, action, subject, before, after FROM audit WHERE subject = 'exception:' || $1`, strings.TrimPrefix(late, "/exceptions/"))
	if p := submit(it, done, late+"/undo"); p.Status != http.StatusPreconditionFailed || !strings.Contains(p.Text(), "10 s") {
		t.Errorf("too late: %d %s", p.Status, p.Text())
	}
	if p := it.Post(late+"/undo", url.Values{"version": {"x"}}); p.Status < 400 || p.Status >= 500 {
		t.Errorf("without a version: %d", p.Status)
	}
}
