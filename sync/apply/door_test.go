package apply_test

import (
	"context"
	"log/slog"
	"time"

	"pgregory.net/rapid"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/pause"
)

// door asks the ERP to keep what a person has paused, as the intake does.
type door struct {
	*world
	pauses *store.Pauses
	board  *pause.Board
	paused []models.Pausable
}

func newDoor(w *world) *door {
	d := &door{world: w, pauses: store.NewPauses(w.db)}
	if _, err := w.db.Pool.Exec(w.t.Context(), `DELETE FROM pauses`); err != nil { // of a history that failed
		w.t.Fatal(err)
	}
	d.look(w.t)
	return d
}

// failing is what a test and a history of it have in common.
type failing interface{ Fatal(args ...any) }

// look reads the pauses anew.
func (d *door) look(t failing) {
	board, err := pause.New(pause.Config{Store: d.pauses, Every: time.Hour, Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		err = board.Start(context.WithoutCancel(d.t.Context()))
	}
	if err == nil {
		err = board.Stop(context.WithoutCancel(d.t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	d.board = board
}

// keep pauses the source, or what it says of an entity, without knowing whether it is paused.
func (d *door) keep(rt *rapid.T) {
	what := models.Pausable{Kind: models.PauseSource, Name: "erp"}
	if entity := rapid.SampledFrom([]string{"", "inventory", "forecast", "purchase_order", "item"}).Draw(rt, "entity"); entity != "" {
		what = models.Pausable{Kind: models.PauseFlow, Name: models.FlowName("erp", entity)}
	}
	err := d.pauses.Pause(d.t.Context(), models.Pause{Kind: what.Kind, Name: what.Name, Reason: "On purpose.", Actor: "ida", Since: time.Now()})
	switch {
	case models.CodeOf(err) == models.CodeConflict:
		return
	case err != nil:
		rt.Fatal(err)
	}
	d.paused = append(d.paused, what)
	d.look(rt)
}

// resume ends one pause.
func (d *door) resume(rt *rapid.T) {
	if len(d.paused) == 0 {
		rt.Skip("nothing is paused")
	}
	i := rapid.IntRange(0, len(d.paused)-1).Draw(rt, "pause")
	d.paused[0], d.paused[i] = d.paused[i], d.paused[0]
	d.end(rt)
	d.look(rt)
}

func (d *door) resumeAll(rt *rapid.T) {
	for len(d.paused) > 0 {
		d.end(rt)
	}
	d.look(rt)
}

func (d *door) end(rt *rapid.T) {
	what := d.paused[0]
	if err := d.pauses.Resume(context.WithoutCancel(d.t.Context()), what.Kind, what.Name, "ida", "It is over.", time.Now()); err != nil {
		rt.Fatal(err)
	}
	d.paused = d.paused[1:]
}

// taken is what the door takes of some entries, and what it asks the source to keep.
func (d *door) taken(batch []store.Entry) (taken, kept []store.Entry) {
	for _, e := range batch {
		if d.board.Take(e.Source, e.Type.Entity()) == nil {
			taken = append(taken, e)
		} else {
			kept = append(kept, e)
		}
	}
	return taken, kept
}
