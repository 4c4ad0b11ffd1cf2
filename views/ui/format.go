package ui

import (
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// Exact writes a decimal with all its digits and thousands separated:
// 12840.5 is "12,840.5".
func Exact(d decimal.Decimal) string { return models.Exact(d) }

// Count writes a whole number with thousands separated.
func Count(n int64) string { return models.Count(n) }

// Overview writes three significant figures for a page that is read at a
// glance: 128402 is "128 k", 0.08317 is "0.0832".
func Overview(d decimal.Decimal) string {
	if d.IsZero() {
		return "0"
	}
	rounded := significant(d, 3)
	for _, step := range []struct {
		exponent int32
		suffix   string
	}{{9, " bn"}, {6, " M"}, {4, " k"}} {
		if rounded.Abs().Cmp(decimal.New(1, step.exponent)) >= 0 {
			scale := step.exponent
			if scale == 4 {
				scale = 3 // thousands keep their digits up to 9,990
			}
			return Exact(rounded.Shift(-scale)) + step.suffix
		}
	}
	return Exact(rounded)
}

// Percent writes a share, 0.974 as "97.4 %", to three significant figures. What is
// not whole is never rounded to 100.
func Percent(share decimal.Decimal) string {
	if whole := decimal.NewFromInt(1); share.LessThan(whole) && !significant(share, 3).LessThan(whole) {
		return "> 99.9 %"
	}
	return Overview(share.Shift(2)) + " %"
}

func significant(d decimal.Decimal, figures int32) decimal.Decimal {
	magnitude := int32(d.NumDigits()) + d.Exponent()
	return d.Round(figures - magnitude)
}

// Took writes a duration as models.Took does: "12 s", "2 h 10 min".
func Took(d time.Duration) string { return models.Took(d) }

// Ago writes an age with one unit, the way the page's script counts it on:
// "now", "12 s", "4 min", "3 h", "6 d".
func Ago(d time.Duration) string {
	switch {
	case d < time.Second:
		return "now"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h"
	default:
		return strconv.Itoa(int(d.Hours())/24) + " d"
	}
}

// Until writes the time left, or how late it is: "2 h 10 min left",
// "26 h late".
func Until(d time.Duration) string {
	if d < 0 {
		return Took(-d) + " late"
	}
	return Took(d) + " left"
}

// UntilAbout is Until in one unit where a table has no room for two: "6 d left".
func UntilAbout(d time.Duration) string {
	switch unit := d.Abs(); {
	case unit >= 24*time.Hour:
		d = d.Truncate(24 * time.Hour)
	case unit >= time.Hour:
		d = d.Truncate(time.Hour)
	}
	return Until(d)
}

// Absolute writes a time in full for a title: "Wed 3 Feb 2027 14:20:05 UTC".
func Absolute(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("Mon 2 Jan 2006 15:04:05 MST")
}

// ShortTime writes a time for a table, with the day only where it is another
// one than now's: "14:20", "3 Feb 14:20", "3 Feb 2026".
func ShortTime(t, now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	t, now = t.In(zone), now.In(zone)
	switch {
	case t.Year() != now.Year():
		return t.Format("2 Jan 2006")
	case t.YearDay() != now.YearDay():
		return t.Format("2 Jan 15:04")
	default:
		return t.Format("15:04")
	}
}
