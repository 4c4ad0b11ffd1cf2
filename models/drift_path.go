package models

import (
	"cmp"
	"slices"
	"time"
)

// DivergenceSide says how the first movement that differs is different.
type DivergenceSide string

// The sides. A movement since the last agreement is all that can be said where
// the owner tells no movements of its own; no movement at all means that a
// figure was changed past its ledger.
const (
	DivergesHere   DivergenceSide = "missing_here"
	DivergesThere  DivergenceSide = "missing_there"
	DivergesInSize DivergenceSide = "differs"
	DivergesSince  DivergenceSide = "since"
	DivergesPast   DivergenceSide = "past_the_ledger"
)

// Divergence is where the two sides of a drift parted. What is not known is
// zero: AgreedVersion without an agreement on a movement, First with DivergesPast.
type Divergence struct {
	Side          DivergenceSide
	AgreedAt      *time.Time
	AgreedVersion int64
	FirstAt       *time.Time
	FirstVersion  int64
	FirstLine     string // in words
}

// FirstDivergence walks both ledgers from the last movement after which they
// agreed to the first that differs; false when they share no stretch at all.
// The ledgers are in any order; only versions that both reach back to count.
func FirstDivergence(theirs, ours []StockLine) (Divergence, bool) {
	if len(theirs) == 0 || len(ours) == 0 {
		return Divergence{}, false
	}
	there, here := byVersion(theirs), byVersion(ours)
	versions := shared(theirs, ours)
	var d Divergence
	from := 0
	for i, v := range versions {
		t, inTheirs := there[v]
		o, inOurs := here[v]
		if inTheirs && inOurs && t.after().Same(o.after()) {
			d.AgreedAt, d.AgreedVersion, from = &t.At, v, i+1
		}
	}
	if from == len(versions) {
		d.Side = DivergesPast
		return d, true
	}
	v := versions[from]
	t, inTheirs := there[v]
	o, inOurs := here[v]
	first := t
	switch {
	case !inOurs:
		d.Side = DivergesHere
	case !inTheirs:
		d.Side, first = DivergesThere, o
	default:
		d.Side = DivergesInSize
	}
	d.FirstAt, d.FirstVersion, d.FirstLine = &first.At, v, first.String()
	return d, true
}

// SinceAgreement is what can be said from our own ledger alone: the first
// movement that was recorded after both sides last agreed.
func SinceAgreement(agreed time.Time, ours []StockLine) Divergence {
	d := Divergence{Side: DivergesPast, AgreedAt: &agreed}
	for _, line := range ours {
		if line.RecordedAt.After(agreed) && (d.FirstAt == nil || line.Version < d.FirstVersion) {
			d.Side, d.FirstAt, d.FirstVersion, d.FirstLine = DivergesSince, &line.At, line.Version, line.String()
		}
	}
	return d
}

func byVersion(lines []StockLine) map[int64]StockLine {
	found := make(map[int64]StockLine, len(lines))
	for _, line := range lines {
		found[line.Version] = line
	}
	return found
}

// shared lists the versions of either ledger from where both begin.
func shared(theirs, ours []StockLine) []int64 {
	oldest := func(lines []StockLine) int64 {
		return slices.MinFunc(lines, func(a, b StockLine) int { return cmp.Compare(a.Version, b.Version) }).Version
	}
	from := max(oldest(theirs), oldest(ours))
	var all []int64
	for _, line := range slices.Concat(theirs, ours) {
		if line.Version >= from {
			all = append(all, line.Version)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
