package models

import (
	"iter"
	"maps"
	"math/bits"
	"slices"
	"time"
)

// ArrivalSlot is how finely moments of arrival are told apart.
const ArrivalSlot = 10 * time.Second

// ArrivalSlots are those of one hour, the first in the highest bit.
type ArrivalSlots [int(time.Hour / ArrivalSlot / 8)]byte

// Set marks the slot of a moment within its hour.
func (s *ArrivalSlots) Set(at time.Time) {
	slot := at.Sub(at.Truncate(time.Hour)) / ArrivalSlot
	s[slot/8] |= 0x80 >> (slot % 8)
}

// All are the slots with an arrival, the first of the hour is 0.
func (s *ArrivalSlots) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, eight := range s {
			for ; eight != 0; eight &^= 0x80 >> bits.LeadingZeros8(eight) {
				if !yield(8*i + bits.LeadingZeros8(eight)) {
					return
				}
			}
		}
	}
}

// Gaps counts the waits between one arrival and the next by their length.
type Gaps map[time.Duration]int64

// Total is all of the waits together.
func (g Gaps) Total() time.Duration {
	var total time.Duration
	for gap, count := range g {
		total += gap * time.Duration(count)
	}
	return total
}

// Quantile is how long the wait is, at most, into which that share of all
// moments falls: the rows of one file, which come within a moment, do not make
// it short. Without a wait it is 0.
func (g Gaps) Quantile(share float64) time.Duration {
	rest := time.Duration(share * float64(g.Total()))
	for _, gap := range slices.Sorted(maps.Keys(g)) {
		if rest -= gap * time.Duration(g[gap]); rest <= 0 {
			return gap
		}
	}
	return 0
}

// Pace is how what is sent comes.
type Pace string

// The paces.
const (
	PaceStream  Pace = "stream"
	PaceBatches Pace = "batches"
)

// Cadence is how often something of a source took effect over a period, of an
// entity at a DC.
type Cadence struct {
	MarkKey
	Events    int64
	Slots     int64         // with an arrival
	Gaps      Gaps          // between the slots with an arrival
	LastAt    time.Time     // when something last took effect, also before the period
	Freshness time.Duration // its declared target, 0 without one

	newest int64 // the slot of the newest arrival, counted from 1970
}

// Add counts an hour's arrivals. Hours are added in their order.
func (c *Cadence) Add(hour time.Time, slots ArrivalSlots, events int64) {
	c.Events += events
	first := hour.Unix() / int64(ArrivalSlot/time.Second)
	for slot := range slots.All() {
		c.arrive(first + int64(slot))
	}
}

func (c *Cadence) arrive(slot int64) {
	if c.Slots > 0 {
		if c.Gaps == nil {
			c.Gaps = Gaps{}
		}
		c.Gaps[time.Duration(slot-c.newest)*ArrivalSlot]++
	}
	c.Slots, c.newest = c.Slots+1, slot
}

// Typical is the usual wait for the next arrival, and long is the one that one
// moment in twenty exceeds, both to ArrivalSlot. They are 0 with fewer than two arrivals.
func (c Cadence) Typical() (usual, long time.Duration) {
	return c.Gaps.Quantile(0.5), c.Gaps.Quantile(0.95)
}

// batchEvents is how many events come together, at least, in a batch.
const batchEvents = 10

// Pace tells batches by many events at once with silence between them, which
// lasts nine tenths of the time or more. It is empty with fewer than two arrivals.
func (c Cadence) Pace() Pace {
	switch {
	case len(c.Gaps) == 0:
		return ""
	case time.Duration(c.Slots)*ArrivalSlot*10 <= c.Gaps.Total() && c.Events >= batchEvents*c.Slots:
		return PaceBatches
	default:
		return PaceStream
	}
}

// CadenceQuery asks for the cadences of a time up to now. An empty DC asks for all.
type CadenceQuery struct {
	Now    time.Time
	Window time.Duration // it begins with a whole hour
	DC     string
}
