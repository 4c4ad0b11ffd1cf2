package apply_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"throughline/models"
	"throughline/sync/apply"
)

// editUnit is the edit of the killed process: the balance of 7 has its unit.
func editUnit(ctx context.Context, engine *apply.Engine, seq string) error {
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil {
		return err
	}
	_, err = engine.Edit(ctx, edit(n, 0, data("I0", "D0", 5, "7")))
	return err
}

func data(item, dc string, version int, onHand string) string {
	return fmt.Sprintf(`{"item":%q,"dc":%q,"on_hand":%q,"allocated":"0","unit":"EA","version":%d,"time":"2026-03-02T08:00:00Z"}`, item, dc, onHand, version)
}

func edit(seq int64, base int, text string) models.EventEdit {
	return models.EventEdit{Seq: seq, Base: base, Data: text, Actor: "ida", Reason: "It counts in pieces."}
}

// withoutUnit is a stock fact whose unit was lost on its way, so that it parks.
func (w *world) withoutUnit(fact any) models.Event {
	w.ids++
	e := event(w.t, "erp", fmt.Sprintf("u-%d", w.ids), typeOf(fact), fact)
	e.Data = strings.Replace(e.Data, `"unit":"EA"`, `"unit":""`, 1)
	return e
}

// parkBalance applies a balance of version 4 and parks the next, of 7, for its unit.
func (w *world) parkBalance(item, dc string) int64 {
	w.t.Helper()
	w.send(balance(item, dc, 4, "10", "0"))
	seq := w.send(w.withoutUnit(balance(item, dc, 5, "7", "0")))[0]
	w.run()
	w.expectStates([]int64{seq}, "parked TRF-01")
	return seq
}

func TestAnEditTakesEffectAndKeepsTheOriginal(t *testing.T) {
	w := newWorld(t)
	w.masters(2, 1)
	seq := w.parkBalance("I0", "D0")
	check, err := w.engine.CheckEdit(t.Context(), edit(seq, 0, data("I0", "D0", 5, "7")))
	if err != nil || check.Result.State != "applied" || check.Moved || !strings.Contains(check.Patch, `"path":"/unit"`) {
		t.Fatalf("%+v (%v)", check, err)
	}
	w.expectPosition("I0", "D0", "10/0 v4 b4") // a check changes nothing
	if n := w.count(`SELECT count(*) FROM event_edits`) + w.count(`SELECT count(*) FROM audit`); n != 0 {
		t.Fatalf("a check left %d rows", n)
	}
	result, err := w.engine.Edit(t.Context(), edit(seq, 0, data("I0", "D0", 5, "7")))
	if err != nil || result.State != "applied" {
		t.Fatalf("%+v (%v)", result, err)
	}
	w.expectPosition("I0", "D0", "7/0 v5 b5")
	if n := w.count(`SELECT count(*) FROM settled_payloads WHERE seq = $1 AND original::jsonb ->> 'unit' = '' AND data::jsonb ->> 'unit' = 'EA'`, seq); n != 1 {
		t.Error("the payloads before and after are not both kept")
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'event.edit' AND actor = 'ida' AND before ->> 'state' = 'parked'
		AND after ->> 'state' = 'applied' AND jsonb_array_length(after -> 'patch') > 0`); n != 1 {
		t.Errorf("%d audit rows", n)
	}
	w.expectBooks()
}

func TestAnEditGoesThroughEveryCheckAgain(t *testing.T) {
	w := newWorld(t)
	w.masters(2, 2)
	elsewhere := w.withoutUnit(balance("I1", "D1", 5, "7", "0")) // its key was told by what could not be read
	here := event(t, "erp", "here", models.TypeBalance, balance("I0", "D0", 5, "7", "0"))
	elsewhere.Key, elsewhere.Shard = here.Key, here.Shard
	w.send(balance("I0", "D0", 4, "10", "0"))
	for _, try := range []struct {
		name       string
		event      models.Event
		data, want string
	}{
		{"contract", w.withoutUnit(balance("I0", "D0", 5, "7", "0")), strings.Replace(data("I0", "D0", 5, "7"), `"EA"`, `""`, 1), "parked TRF-01"},
		{"reference", w.withoutUnit(balance("I9", "D0", 5, "7", "0")), data("I9", "D0", 5, "7"), "waiting TRF-03"},
		{"order", w.withoutUnit(balance("I0", "D0", 3, "7", "0")), data("I0", "D0", 3, "7"), "superseded"},
		{"another key", elsewhere, data("I1", "D1", 5, "7"), "applied"},
	} {
		t.Run(try.name, func(t *testing.T) {
			w.t = t
			seq := w.send(try.event)[0]
			w.run()
			check, err := w.engine.CheckEdit(t.Context(), edit(seq, 0, try.data))
			if err != nil {
				t.Fatal(err)
			}
			if try.name == "contract" && (len(check.Violations) != 1 || check.Violations[0].Pointer != "/unit") {
				t.Errorf("%+v", check.Violations)
			}
			if _, err := w.engine.Edit(t.Context(), edit(seq, 0, try.data)); err != nil {
				t.Fatal(err)
			}
			w.expectStates([]int64{seq}, try.want)
			w.expectBooks()
		})
	}
	w.t = t
	w.expectPosition("I1", "D1", "7/0 v5 b5")
	w.send(item("I9", 1)) // what waits with an edit takes effect with it
	w.run()
	w.expectPosition("I9", "D0", "7/0 v5 b5")
	w.expectBooks()
}

func TestAnEditedMovementKeepsTheOrderOfItsNewKey(t *testing.T) {
	w := newWorld(t)
	w.masters(2, 1)
	twice := func(id, item string) models.Event {
		e := event(t, "erp", id, models.TypeMovement, movement(item, "D0", 1, "1", "0"))
		e.Conflict = true
		return e
	}
	astray := twice("b", "I0") // it was filed under the key of I1
	under := twice("b", "I1")
	astray.Key, astray.Shard = under.Key, under.Shard
	astray.Data = strings.Replace(strings.Replace(astray.Data, `"version":1`, `"version":3`, 1), `"on_hand_delta":"1"`, `"on_hand_delta":"5"`, 1)
	seqs := w.send(twice("a", "I0"), astray, movement("I0", "D0", 2, "10", "0"), movement("I1", "D0", 2, "100", "0"))
	w.run()
	w.expectStates(seqs, "parked API-07", "parked API-07", "held TRF-07", "held TRF-07")
	text := `{"item":"I0","dc":"D0","kind":"sale","on_hand_delta":"5","allocated_delta":"0","unit":"EA","version":3,"time":"2026-03-02T08:00:00Z"}`
	if result, err := w.engine.Edit(t.Context(), edit(seqs[1], 0, text)); err != nil || result.State != "held" {
		t.Fatalf("%+v (%v)", result, err)
	}
	w.run()
	w.expectStates(seqs, "parked API-07", "held TRF-07", "held TRF-07", "applied")
	w.expectBooks()
	if _, err := w.engine.Discard(t.Context(), seqs[:1], "ida", "twice"); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.expectStates(seqs, "discarded", "applied", "applied", "applied")
	w.expectPosition("I0", "D0", "15/0 v3 b-1")
	w.expectPosition("I1", "D0", "100/0 v2 b-1")
	w.expectBooks()
}

func TestOfTwoEditsAtOnceOneTakesEffect(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	seq := w.parkBalance("I0", "D0")
	var wait sync.WaitGroup
	var mu sync.Mutex
	done, refused := 0, 0
	for i := range 6 {
		wait.Go(func() {
			_, err := w.engine.Edit(context.WithoutCancel(t.Context()), edit(seq, 0, strings.Replace(data("I0", "D0", 5, "7"), "EA", []string{"EA", "CS"}[i%2], 1)))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case models.CodeOf(err) == models.CodeConflict:
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if done != 1 || refused != 5 {
		t.Errorf("%d took effect and %d were refused", done, refused)
	}
	if n := w.count(`SELECT count(*) FROM event_edits`); n != 1 {
		t.Errorf("%d edits are stored", n)
	}
	w.expectBooks()
}

func TestKilledDuringAnEdit(t *testing.T) {
	w, dsn := worldAt(t)
	w.masters(1, 1)
	seq := w.parkBalance("I0", "D0")
	killed(t, dsn, "replay logged", "edit:"+strconv.FormatInt(seq, 10))
	w.expectStates([]int64{seq}, "parked TRF-01")
	if n := w.count(`SELECT count(*) FROM audit`) + w.count(`SELECT count(*) FROM event_edits`); n != 0 {
		t.Errorf("%d rows of what was never done", n)
	}
	if err := editUnit(t.Context(), w.engine, strconv.FormatInt(seq, 10)); err != nil {
		t.Fatal(err)
	}
	w.expectPosition("I0", "D0", "7/0 v5 b5")
	w.expectBooks()
}

// What only the ERP may say stays as it said it, one event at a time or by a
// patch for many, whoever asks.
func TestNoEditSaysWhatOnlyTheOwnerMay(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	w.send(balance("I0", "D0", 4, "518", "0"))
	seq := w.send(balance("I0", "D0", 4, "520", "0"))[0]
	w.run()
	w.expectStates([]int64{seq}, "parked API-07")
	wrong := edit(seq, 0, data("I0", "D0", 900000, "99999"))
	_, checked := w.engine.CheckEdit(t.Context(), wrong)
	_, edited := w.engine.Edit(t.Context(), wrong)
	for _, err := range []error{checked, edited} {
		if models.CodeOf(err) != models.CodeInvalid || !strings.Contains(err.Error(), "Only erp may say /on_hand, /version") {
			t.Errorf("%v", err)
		}
	}
	results, err := w.engine.TryBulk(t.Context(), models.BulkEdit, `[{"op":"replace","path":"/version","value":900000}]`, []int64{seq})
	if err != nil || len(results) != 1 || results[0].State != "unchanged" || !strings.Contains(results[0].Reason, "/version") {
		t.Errorf("a patch for many: %+v, %v", results, err)
	}
	w.expectStates([]int64{seq}, "parked API-07")
	w.expectPosition("I0", "D0", "518/0 v4 b4")
	if n := w.count(`SELECT count(*) FROM event_edits`); n != 0 {
		t.Errorf("%d edits are stored", n)
	}
}
