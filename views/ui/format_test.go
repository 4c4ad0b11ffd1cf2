package ui_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/views/ui"
)

func TestFiguresAreRoundedInOverviewsAndExactElsewhere(t *testing.T) {
	for in, out := range map[string][2]string{
		"0":         {"0", "0"},
		"0.083174":  {"0.0832", "0.083174"},
		"12.5":      {"12.5", "12.5"},
		"999.6":     {"1,000", "999.6"},
		"1284402":   {"1.28 M", "1,284,402"},
		"48211":     {"48.2 k", "48,211"},
		"8412":      {"8,410", "8,412"},
		"-128402.5": {"−128 k", "−128,402.5"},
	} {
		d := decimal.RequireFromString(in)
		want(t, in+" in an overview", ui.Overview(d), out[0])
		want(t, in+" exactly", ui.Exact(d), out[1])
	}
	want(t, "a share", ui.Percent(decimal.RequireFromString("0.97412")), "97.4 %")
	want(t, "all but one of 3,601", ui.Percent(decimal.RequireFromString("0.99972")), "> 99.9 %")
	want(t, "a whole", ui.Percent(decimal.NewFromInt(1)), "100 %")
}

func TestDurationsAndAges(t *testing.T) {
	for d, out := range map[time.Duration][2]string{
		420 * time.Microsecond:         {"420 µs", "now"},
		840 * time.Millisecond:         {"840 ms", "now"},
		1250 * time.Millisecond:        {"1.2 s", "1 s"},
		42 * time.Minute:               {"42 min", "42 min"},
		2*time.Hour + 10*time.Minute:   {"2 h 10 min", "2 h"},
		6*24*time.Hour + 4*time.Hour:   {"6 d 4 h", "6 d"},
		26 * time.Hour:                 {"1 d 2 h", "26 h"},
		-(3*time.Hour + 5*time.Minute): {"−3 h 5 min", "now"},
	} {
		want(t, d.String(), ui.Took(d), out[0])
		want(t, d.String()+" ago", ui.Ago(d), out[1])
	}
	want(t, "time left", ui.Until(90*time.Minute), "1 h 30 min left")
}

func TestShortTimeNamesTheDayOnlyWhereItIsAnother(t *testing.T) {
	want(t, "today", ui.ShortTime(noon().Add(-time.Hour), noon(), nil), "11:00")
	want(t, "yesterday", ui.ShortTime(noon().Add(-24*time.Hour), noon(), nil), "2 Feb 12:00")
	want(t, "last year", ui.ShortTime(noon().AddDate(-1, 0, 0), noon(), nil), "3 Feb 2026")
}
