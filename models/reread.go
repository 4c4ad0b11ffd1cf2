package models

import (
	"fmt"
	"strconv"
)

// takesBack is the extension attribute of TakesBack.
const takesBack = "takesback"

// TakesBack is the sequence of the event whose stock figure its owner denies
// with this one, when it was asked again; -1 for none. No source knows our
// sequences, so none can guess its way past a newer figure.
func (e *Event) TakesBack() int64 {
	seq, err := strconv.ParseInt(e.extension(takesBack), 10, 64)
	if err != nil {
		return -1
	}
	return seq
}

// TakeBack says in a balance that its owner denies the figure that the event of
// a sequence left.
func (e *Event) TakeBack(seq int64) { e.Extensions = fmt.Sprintf(`{"%s":"%d"}`, takesBack, seq) }

// Reread is what came of a balance that was read again from its owner.
type Reread struct {
	Item, DC string
	Outcome  ReplayResult // pending when it had not been decided in time
	Ours     StockFigure  // our position by then
}

// Sentence says it to the one who asked.
func (r Reread) Sentence() string {
	read := fmt.Sprintf("The ERP's balance of %s in %s was read again", r.Item, r.DC)
	stand := fmt.Sprintf("%s on hand and %s allocated in %s, version %d", r.Ours.OnHand, r.Ours.Allocated, r.Ours.Unit, r.Ours.Version)
	switch r.Outcome.State {
	case "applied":
		return fmt.Sprintf("%s and took effect: %s.", read, stand)
	case "superseded":
		return fmt.Sprintf("%s and superseded, so that nothing changed: %s We have %s.", read, r.Outcome.Reason, stand)
	case "pending":
		return fmt.Sprintf("%s and has not taken effect yet: see event %d.", read, r.Outcome.Seq)
	}
	return fmt.Sprintf("%s and did not take effect: event %d is %s. %s", read, r.Outcome.Seq, r.Outcome.State, r.Outcome.Reason)
}
