package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SequenceNumber is an event's place in a series that its source counts without
// a hole.
type SequenceNumber struct {
	Series string // empty where the source counts in one series
	Number int64
}

// The CloudEvents attributes by which a source declares that it counts: the type
// Integer promises that each number is one more than the last.
const (
	sequenceType   = `"sequencetype":"Integer"`
	sequenceNumber = `"sequence":`
	sequenceSeries = `"sequencepartition":"`
	maxDigits      = 18
)

// Sequence is the number that an event's extensions declare; false when its
// source declares none. Extensions are written by the intake without white
// space, and a quote inside a value is escaped, so the names can only be names.
func Sequence(extensions string) (SequenceNumber, bool) {
	if !strings.Contains(extensions, sequenceType) {
		return SequenceNumber{}, false
	}
	_, rest, found := strings.Cut(extensions, sequenceNumber)
	if !found {
		return SequenceNumber{}, false
	}
	rest = strings.TrimPrefix(rest, `"`)
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	if digits == 0 || digits > maxDigits || digits == len(rest) || !strings.ContainsRune(`",}`, rune(rest[digits])) {
		return SequenceNumber{}, false
	}
	number, err := strconv.ParseInt(rest[:digits], 10, 64)
	if err != nil {
		return SequenceNumber{}, false
	}
	s := SequenceNumber{Number: number}
	if _, name, partitioned := strings.Cut(extensions, sequenceSeries); partitioned {
		s.Series, _, _ = strings.Cut(name, `"`)
	}
	return s, true
}

// SequenceGap is a range of numbers that a source has used and the tower has not got.
type SequenceGap struct {
	Source, Series string
	First, Last    int64
}

// Missing is how many events the gap is short of.
func (g SequenceGap) Missing() int64 { return g.Last - g.First + 1 }

// Numbers names what is missing.
func (g SequenceGap) Numbers() string {
	if g.First == g.Last {
		return fmt.Sprintf("number %d", g.First)
	}
	return fmt.Sprintf("the numbers %d to %d", g.First, g.Last)
}

// SequenceArrivals are numbers of one series that have come, in order.
type SequenceArrivals struct {
	Source, Series string
	Numbers        []int64
}

type seriesKey struct{ source, series string }

// Arrivals gathers numbers by their series; the zero value is ready.
type Arrivals struct {
	numbers map[seriesKey][]int64
	count   int
}

// Add takes in a number, if the extensions of the source's event declare one.
func (a *Arrivals) Add(source, extensions string) {
	n, counted := Sequence(extensions)
	if !counted {
		return
	}
	if a.numbers == nil {
		a.numbers = map[seriesKey][]int64{}
	}
	key := seriesKey{source, n.Series}
	a.numbers[key] = append(a.numbers[key], n.Number)
	a.count++
}

// Merge takes in what another gathered.
func (a *Arrivals) Merge(other Arrivals) {
	if a.numbers == nil {
		a.numbers = map[seriesKey][]int64{}
	}
	for key, numbers := range other.numbers {
		a.numbers[key] = append(a.numbers[key], numbers...)
	}
	a.count += other.count
}

// Len is how many numbers were added.
func (a *Arrivals) Len() int { return a.count }

// List is what was added, each number once.
func (a *Arrivals) List() []SequenceArrivals {
	list := make([]SequenceArrivals, 0, len(a.numbers))
	for key, numbers := range a.numbers {
		numbers = slices.Clone(numbers)
		slices.Sort(numbers)
		list = append(list, SequenceArrivals{Source: key.source, Series: key.series, Numbers: slices.Compact(numbers)})
	}
	return list
}
