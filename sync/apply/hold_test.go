package apply_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
)

// hold has ida hold an event from the world's time on.
func (w *world) hold(seq int64, now time.Time, length time.Duration) error {
	return store.NewEventHolds(w.db).Hold(w.t.Context(), models.EventHold{
		Seq: seq, Reason: "The warehouse counts", Actor: "ida", Since: now, Ends: now.Add(length),
	})
}

// TestAHeldEventIsTouchedByNothingUntilItsEnd holds an event whose master
// record comes meanwhile.
func TestAHeldEventIsTouchedByNothingUntilItsEnd(t *testing.T) {
	now := epoch
	w := newWorld(t, func(c *apply.Config) { c.Now = func() time.Time { return now } })
	w.masters(0, 1)
	seqs := w.send(balance("I9", "D0", 1, "5", "0"), balance("I9", "D0", 2, "7", "0"))
	w.run()
	w.expectStates(seqs, "waiting TRF-03", "waiting TRF-03")
	if err := w.hold(seqs[1], now, 73*time.Hour); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("a hold of 73 h: %v", err)
	}
	if err := w.hold(seqs[1], now, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := w.hold(seqs[1], now, time.Hour); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("a second hold: %v", err)
	}
	w.send(item("I9", 1))
	w.run()
	w.expectStates(seqs, "applied", "waiting TRF-03")
	results, err := w.engine.Retry(t.Context(), seqs, "ivo", "Once more.")
	if err != nil || results[0].State != "gone" || results[1].State != models.HeldByPerson || !strings.Contains(results[1].Reason, "ida") {
		t.Errorf("%+v (%v)", results, err)
	}
	if discarded, err := w.engine.Discard(t.Context(), seqs[1:], "ivo", "Never mind."); err != nil || discarded[0].State != models.HeldByPerson {
		t.Errorf("%+v (%v)", discarded, err)
	}
	if _, err := w.engine.Edit(t.Context(), edit(seqs[1], 0, data("I9", "D0", 2, "7"))); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("an edit: %v", err)
	}
	w.expectStates(seqs, "applied", "waiting TRF-03")
	now = now.Add(time.Hour)
	w.run()
	w.expectStates(seqs, "applied", "applied")
	w.expectPosition("I9", "D0", "7/0 v2 b2")
	if n := w.count(`SELECT count(*) FROM event_holds`); n != 0 {
		t.Errorf("%d holds of settled events are left", n)
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'event.hold' AND actor = 'ida' AND reason = 'The warehouse counts'`); n != 1 {
		t.Errorf("%d audit rows of the hold", n)
	}
	w.expectBooks()
}

func TestAReleasedEventPassesAndWhatFollowsItsKeyWaitedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	w.send(movement("I0", "D0", 4, "-3", "0"))
	w.run()
	parked := w.send(movement("I0", "D0", 4, "-5", "0"))[0]
	w.run()
	behind := w.send(movement("I0", "D0", 5, "-1", "0"))[0]
	w.run()
	w.expectStates([]int64{parked, behind}, "parked API-07", "held TRF-07")
	if err := w.hold(behind, epoch, time.Hour); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("what only follows is held: %v", err)
	}
	if err := w.hold(parked, time.Now(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if results, err := w.engine.Retry(t.Context(), []int64{parked, behind}, "ivo", "Once more."); err != nil || results[0].State != models.HeldByPerson || results[1].State != "held" {
		t.Errorf("%+v (%v)", results, err)
	}
	holds := store.NewEventHolds(w.db)
	if err := holds.Release(t.Context(), parked, "ivo", "It was counted.", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := holds.Release(t.Context(), parked, "ivo", "It was counted.", time.Now()); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("a second release: %v", err)
	}
	if results, err := w.engine.Discard(t.Context(), []int64{parked}, "ivo", "Sent twice."); err != nil || results[0].State != "discarded" {
		t.Errorf("%+v (%v)", results, err)
	}
	w.expectStates([]int64{parked, behind}, "discarded", "applied")
	w.expectBooks()
}
