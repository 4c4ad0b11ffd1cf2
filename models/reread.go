package models

import "fmt"

// Reread is what came of a balance that was read again from its owner.
type Reread struct {
	Item, DC     string
	Copy         string       // the system to which the owner's figure was delivered again; empty when the tower's own was read
	Theirs, Ours StockFigure  // the owner's answer, and our position after it
	Outcome      ReplayResult // pending when it had not been decided in time, delivered of a Copy
}

// Changed reports whether something came of it. Known is false until what was read is
// decided, also while it waits for a person or a record.
func (r Reread) Changed() (changed, known bool) {
	switch {
	case r.Copy != "" || r.Outcome.State == "applied":
		return true, true
	case r.Outcome.State == "superseded" || r.Outcome.State == "discarded":
		return false, true
	}
	return false, false
}

// Sentence says it to the one who asked.
func (r Reread) Sentence() string {
	read := fmt.Sprintf("The ERP's balance of %s in %s was read again", r.Item, r.DC)
	_, known := r.Changed()
	switch {
	case r.Copy != "":
		return fmt.Sprintf("The ERP's balance of %s in %s was delivered again to %s.", r.Item, r.DC, r.Copy)
	case r.Outcome.State == "pending":
		return fmt.Sprintf("%s, and what it changes is unknown yet: event %d is not decided.", read, r.Outcome.Seq)
	case !known:
		return fmt.Sprintf("%s, and what it changes is unknown yet: event %d is %s. %s", read, r.Outcome.Seq, r.Outcome.State, r.Outcome.Reason)
	case r.Outcome.State == "discarded":
		return fmt.Sprintf("%s and did not take effect: event %d is %s. %s", read, r.Outcome.Seq, r.Outcome.State, r.Outcome.Reason)
	case r.Ours.Version > r.Theirs.Version || !r.Ours.OnHand.Equal(r.Theirs.OnHand) || !r.Ours.Allocated.Equal(r.Theirs.Allocated):
		return fmt.Sprintf("%s and changes nothing: the ERP has %s, and we have %s. Only a version above ours takes effect: let the ERP send the balance once more.",
			read, r.Theirs.words(), r.Ours.words())
	}
	return fmt.Sprintf("%s and stands here: %s.", read, r.Ours.words())
}

func (s StockFigure) words() string {
	return fmt.Sprintf("%s on hand and %s allocated in %s, version %d", s.OnHand, s.Allocated, s.Unit, s.Version)
}
