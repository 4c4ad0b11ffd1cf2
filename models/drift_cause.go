package models

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// DriftAgrees is no difference at all.
const DriftAgrees DriftCause = ""

// kindBalance is the kind of a ledger line that restates the whole figure.
const kindBalance = "balance"

// kindAdjustment is the kind of a movement that a person books to correct stock.
const kindAdjustment = "adjustment"

// DriftEvidence is what two looks say about a key. Ours was read after theirs.
type DriftEvidence struct {
	Theirs, Ours         StockFigure
	Tolerance            DriftTolerance
	TheirUnit, OurUnit   string
	Pack                 decimal.Decimal // pieces in a pack of the item; zero when unknown
	Still                bool            // ours has not moved since the first look
	Pending              bool            // an event of the key is here and has not taken effect
	Undelivered          bool            // what took effect here has not been delivered to the copy
	Behind               bool            // the tower, which a copy follows, is not at the owner's version itself
	Young                bool            // the owner changed it so lately, or has been heard so little since, that its event may still come
	Settled              time.Time       // what the owner booked before it is not on its way; zero when that is not asked
	Gone                 bool            // the owner has no such position
	Lost                 bool            // the copy has no such position
	Unheard              bool            // we have no such position, of an item and a DC that we know
	OurLines, TheirLines []StockLine     // the newest of both ledgers; theirs only where the owner tells them
	OurBase              int64           // up to which version our ledger lacks nothing or was not read; zero when it rests on no balance
}

// Cause says why an owner's figure differs from ours, and what that rests on.
func (e DriftEvidence) Cause() (DriftCause, string) {
	overtaken := e.overtaken()
	switch {
	case !e.lacksStock() && !e.Unheard && e.Tolerance.Covers(e.Theirs, e.Ours):
		return DriftAgrees, ""
	case overtaken != nil:
		return e.neverCame(*overtaken)
	case e.Pending:
		return DriftInFlight, "An event of the key is here and has not taken effect."
	case e.Undelivered:
		return DriftInFlight, "What took effect here has not been delivered to it yet."
	case e.Behind:
		return DriftInFlight, "The tower is not at the owner's version itself: what it takes in is delivered then."
	case e.Gone:
		return DriftOnlyHere, "The owner's snapshot has no such position, and asked for it alone it knows none."
	case e.Lost:
		return DriftLost, fmt.Sprintf("The owner is at version %d, which was delivered; asked for it alone, the copy has no such position.", e.Theirs.Version)
	case e.Ours.Version > e.Theirs.Version && !e.Still:
		return DriftInFlight, "Our figure moved while the owner was asked."
	case e.TheirUnit != "" && e.OurUnit != "" && e.TheirUnit != e.OurUnit:
		return DriftUnitOfMeasure, fmt.Sprintf("The owner counts in %s, the item's master record in %s.", e.TheirUnit, e.OurUnit)
	case e.Ours.Version >= e.Theirs.Version:
		if line := e.passedOver(e.Theirs.Version, time.Time{}); line != nil {
			return e.neverCame(*line)
		}
		return e.standing()
	case e.Young:
		return DriftInFlight, "The owner changed it so lately that its event may still come."
	}
	return e.unsent()
}

// lacksStock says that a copy has lost a position in which there is something,
// which no tolerance covers.
func (e DriftEvidence) lacksStock() bool {
	return e.Lost && (!e.Theirs.OnHand.IsZero() || !e.Theirs.Allocated.IsZero())
}

// unsent is for an owner that is ahead of us: only its own ledger can tell a
// correction by hand from an event that was lost.
func (e DriftEvidence) unsent() (DriftCause, string) {
	for _, line := range e.TheirLines {
		if line.Version > e.Ours.Version && line.Kind == kindAdjustment {
			return DriftManualEdit, fmt.Sprintf("The owner booked %s at version %d and sent no event.", line, line.Version)
		}
	}
	return DriftMissingEvent, fmt.Sprintf("The owner is at version %d and its events came to version %d.", e.Theirs.Version, e.Ours.Version)
}

// overtaken is a change that was passed over so long ago that it is not on its way,
// however lately the owner changed the key again: one that is always on the move would
// never be read again.
func (e DriftEvidence) overtaken() *StockLine {
	if e.Settled.IsZero() {
		return nil
	}
	return e.passedOver(min(e.Ours.Version, e.Theirs.Version), e.Settled)
}

func (e DriftEvidence) neverCame(line StockLine) (DriftCause, string) {
	return DriftMissingEvent, fmt.Sprintf("The owner's %s at version %d never came, and later ones did.", line, line.Version)
}

// passedOver is a change of the owner's up to a version, and before an instant if that
// is not zero, that never came although a later one did, such as one that a restored
// tower has lost; nil when there is none. What our newest balance restates is made good
// by it. Movements alone, of a key whose first balance was lost, rest on nothing.
func (e DriftEvidence) passedOver(upto int64, before time.Time) *StockLine {
	base, came := e.OurBase, map[int64]bool{}
	for _, line := range e.OurLines {
		came[line.Version] = true
		if line.Kind == kindBalance {
			base = max(base, line.Version)
		}
	}
	for _, line := range e.TheirLines {
		if len(e.OurLines) > 0 && line.Version > base && line.Version <= upto && !came[line.Version] && (before.IsZero() || line.At.Before(before)) {
			return &line
		}
	}
	return nil
}

// standing is for a difference that no event on its way can mend. The surest
// rule comes first: one that rests on both figures before one on one of them.
func (e DriftEvidence) standing() (DriftCause, string) {
	theirs, ours := e.Theirs, e.Ours
	switch {
	case theirs.OnHand.Equal(ours.OnHand):
		return DriftAllocationRule, "On hand is equal: only what counts as allocated differs."
	case theirs.Available().Equal(ours.Available()):
		return DriftAllocationRule, "Available is equal: one side takes goods off on hand when the other still calls them allocated."
	case e.packed(theirs.OnHand, ours.OnHand):
		return DriftUnitOfMeasure, fmt.Sprintf("The owner's on hand is ours times %s, the item's pack: we count packs.", e.Pack)
	case e.packed(ours.OnHand, theirs.OnHand):
		return DriftUnitOfMeasure, fmt.Sprintf("Our on hand is the owner's times %s, the item's pack: the owner counts packs.", e.Pack)
	}
	if why := e.doublePost(); why != "" {
		return DriftDoublePost, why
	}
	return DriftUnexplained, fmt.Sprintf("Nothing on its way explains it, and no rule does: here version %d, there %d.", ours.Version, theirs.Version)
}

// packed reports whether large counts in pieces what small counts in packs.
func (e DriftEvidence) packed(large, small decimal.Decimal) bool {
	return e.Pack.GreaterThan(decimal.NewFromInt(1)) && !small.IsZero() && small.Mul(e.Pack).Equal(large)
}

// doublePost names the one movement, or the one document, that the difference
// is equal to. Two that would do prove nothing.
func (e DriftEvidence) doublePost() string {
	here := e.Ours.minus(e.Theirs)
	if line, ok := onlyOne(e.OurLines, here); ok {
		return fmt.Sprintf("The difference is %s once more: it is counted twice here.", line)
	}
	if line, ok := onlyOne(e.OurLines, e.Theirs.minus(e.Ours)); ok {
		return fmt.Sprintf("The difference is %s once more: the owner counts it twice.", line)
	}
	return ""
}

// onlyOne finds the movement or document whose effect is exactly extra. The
// lines of one document count as one, twice posted lines of it by themselves.
func onlyOne(lines []StockLine, extra StockFigure) (StockLine, bool) {
	var found []StockLine
	documents := map[string]StockLine{}
	for _, line := range lines {
		if line.Kind == kindBalance {
			continue
		}
		if line.Document != "" {
			sum := documents[line.Document]
			sum.Kind, sum.Document, sum.lines = line.Kind, line.Document, sum.lines+1
			sum.OnHandDelta, sum.AllocatedDelta = sum.OnHandDelta.Add(line.OnHandDelta), sum.AllocatedDelta.Add(line.AllocatedDelta)
			documents[line.Document] = sum
		}
		if line.does(extra) && !repeats(found, line) {
			found = append(found, line)
		}
	}
	for _, sum := range documents {
		if sum.lines > 1 && sum.does(extra) {
			found = append(found, sum)
		}
	}
	if len(found) != 1 {
		return StockLine{}, false
	}
	return found[0], true
}

// repeats reports whether a line of the same document says the same already.
func repeats(found []StockLine, line StockLine) bool {
	for _, f := range found {
		if f.Document != "" && f.Document == line.Document && f.Kind == line.Kind {
			return true
		}
	}
	return false
}

func (f StockFigure) minus(other StockFigure) StockFigure {
	return StockFigure{OnHand: f.OnHand.Sub(other.OnHand), Allocated: f.Allocated.Sub(other.Allocated)}
}
