// Package forecast estimates the daily demand of an item at a DC by simple
// exponential smoothing on a weekly profile, and says when an estimate has
// changed enough to be published. It is pure: estimates are floats, as
// statistics are; what leaves the package as a quantity is a decimal.
package forecast

import (
	"math"
	"time"

	"github.com/shopspring/decimal"
)

// Horizon is the number of daily buckets of a forecast.
const Horizon = 28

const (
	daysOfWeek = 7
	// closedBelow is the share of an average day under which a weekday counts
	// as closed: its zero says nothing of the demand.
	closedBelow = 0.02
	// places of a published quantity.
	places = 2
)

// Profile is what each weekday sells in shares of an average day, Sunday
// first. The shares average 1.
type Profile [daysOfWeek]float64

// Level is profile-free demand, the estimate of an average day in pieces.
type Level float64

// Flat is the profile of a week without a pattern.
func Flat() Profile { return Profile{1, 1, 1, 1, 1, 1, 1} }

// WeeklyProfile is the pattern of a demand series that starts on the weekday
// first. It looks at whole weeks only; a series without demand is flat. Pool
// the series of many items: one item-DC alone is too sparse.
func WeeklyProfile(demand []int, first time.Weekday) Profile {
	var sums Profile
	total := 0.0
	for i, pieces := range demand[:len(demand)-len(demand)%daysOfWeek] {
		sums[(int(first)+i)%daysOfWeek] += float64(pieces)
		total += float64(pieces)
	}
	if total == 0 {
		return Flat()
	}
	for day := range sums {
		sums[day] *= daysOfWeek / total
	}
	return sums
}

// open reports whether the weekday trades at all.
func (p Profile) open(day time.Weekday) bool { return p[day] >= closedBelow }

// Smoothing is the model: Alpha is the weight of the newest day, between 0
// and 1.
type Smoothing struct{ Alpha float64 }

// Next is the level after a day's demand. A closed day changes nothing.
func (s Smoothing) Next(level Level, profile Profile, day time.Weekday, pieces int) Level {
	if !profile.open(day) {
		return level
	}
	seen := float64(pieces) / profile[day]
	return level + Level(s.Alpha*(seen-float64(level)))
}

// NextWithout is the level after a day on which there was, for a part of it at least,
// nothing to sell: what was asked for is the least that would have been.
func (s Smoothing) NextWithout(level Level, profile Profile, day time.Weekday, pieces int) Level {
	return max(level, s.Next(level, profile, day, pieces))
}

// Train is the level at the end of a demand series whose first day is the
// weekday first. It starts from the mean of the first four weeks.
func (s Smoothing) Train(profile Profile, first time.Weekday, demand []int) Level {
	level := mean(demand[:min(len(demand), 4*daysOfWeek)])
	for i, pieces := range demand {
		level = s.Next(level, profile, weekday(first, i), pieces)
	}
	return level
}

func mean(demand []int) Level {
	if len(demand) == 0 {
		return 0
	}
	sum := 0
	for _, pieces := range demand {
		sum += pieces
	}
	return Level(float64(sum) / float64(len(demand)))
}

// Buckets is the forecast for Horizon days, the first of which is the weekday
// first, in pieces rounded to hundredths.
func Buckets(level Level, profile Profile, first time.Weekday) []decimal.Decimal {
	buckets := make([]decimal.Decimal, Horizon)
	for i := range buckets {
		pieces := math.Max(0, float64(level)) * profile[weekday(first, i)]
		buckets[i] = decimal.NewFromFloat(pieces).Round(places)
	}
	return buckets
}

func weekday(first time.Weekday, offset int) time.Weekday {
	return time.Weekday((int(first) + offset) % daysOfWeek)
}
