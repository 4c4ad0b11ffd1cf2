package models

import "fmt"

// RereadPreview is what reading a balance again from its owner would bring. The
// owner was asked, and nothing has changed.
type RereadPreview struct {
	Item, DC string
	Owner    string      // who was asked
	Theirs   StockFigure // its answer; nothing where Gone
	Gone     bool        // the owner has no such position
	Copy     string      // the system whose copy it is about; empty for the tower's own
	Ours     StockFigure // what is held now, by the tower or in the copy
	Then     StockFigure // what the tower would hold if the answer took effect
	Balance  int64       // version of the balance that stands here, -1 without one; not of a copy
}

// Changes reports whether something would follow at once.
func (p RereadPreview) Changes() bool {
	switch {
	case p.Gone:
		return false
	case p.Copy != "":
		return !p.Theirs.Same(p.Ours)
	}
	return p.Theirs.Version > p.Balance && !p.Then.Same(p.Ours)
}

// Follows says what would.
func (p RereadPreview) Follows() string {
	switch {
	case p.Gone:
		return fmt.Sprintf("Nothing: %s has no such position.", p.Owner)
	case p.Copy != "" && p.Changes():
		return fmt.Sprintf("The figure of %s is delivered to %s again.", p.Owner, p.Copy)
	case p.Copy != "":
		return "Nothing: both agree."
	case p.Changes():
		return fmt.Sprintf("Here stand %s on hand (%s) and %s allocated (%s) then, and whoever subscribes to stock is told.",
			Exact(p.Then.OnHand), signed(p.Then.OnHand.Sub(p.Ours.OnHand)), Exact(p.Then.Allocated), signed(p.Then.Allocated.Sub(p.Ours.Allocated)))
	case p.Theirs.Version < p.Balance:
		return fmt.Sprintf("Nothing: the balance that stands here is newer (version %d). Let %s send it once more.", p.Balance, p.Owner)
	case p.Then.Same(p.Ours):
		return "Nothing: both agree."
	}
	return fmt.Sprintf("It is parked for a person: %s tells another figure under version %d, which stands here already.", p.Owner, p.Balance)
}
