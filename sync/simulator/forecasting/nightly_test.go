package forecasting_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/forecasting"
	"throughline/sync/simulator/inbox"
)

// importsAt is the hour of the night; the demo begins at five.
const importsAt = 2 * time.Hour

func newNightlyBench(t *testing.T) *bench {
	t.Helper()
	return makeBench(t, func(db *pgxpool.Pool, clock *calendar.Clock) *inbox.Inbox {
		b, err := inbox.New(inbox.Config{DB: db, System: forecasting.Source, Clock: clock, At: importsAt})
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
}

// ofFirst reports whether a revision is of the item that b.sell sells.
func (b *bench) ofFirst(r models.ForecastRevision) bool {
	return r.Item == b.data.Items[0].Code && r.DC == "DC-BHM"
}

func TestForecastsUseTheSalesOfTheLastImport(t *testing.T) {
	b := newNightlyBench(t)
	if first := b.pass(0); len(first) != 6*items {
		t.Fatalf("%d first revisions", len(first))
	}
	monday := calendar.Start().Truncate(24 * time.Hour)
	b.sell("SO-1", monday, 5000)
	toNight := 24*time.Hour - calendar.Start().Sub(monday) + importsAt
	if early := b.pass(toNight - time.Minute); len(early) != 0 {
		t.Errorf("%d revisions before the night", len(early))
	}
	b.real = b.real.Add(time.Minute)
	b.sell("SO-2", monday, 50_000) // comes when the night's file is closed
	night := b.pass(time.Minute)
	if !slices.ContainsFunc(night, b.ofFirst) {
		t.Error("the sales before the night brought no revision")
	}
	for _, r := range night {
		if r.Start != monday.AddDate(0, 0, 1).Format(time.DateOnly) {
			t.Errorf("revision from %s", r.Start)
		}
	}
	if day := b.pass(20 * time.Hour); len(day) != 0 {
		t.Errorf("%d revisions by day", len(day))
	}
	if next := b.pass(4 * time.Hour); !slices.ContainsFunc(next, b.ofFirst) {
		t.Error("what came after the import was never used")
	}
}

func TestRunIsCompleteOnceAllDCsAreClosed(t *testing.T) {
	b := newNightlyBench(t)
	if !b.forecasts.Ran().IsZero() {
		t.Error("it ran before anything was asked of it")
	}
	b.pass(0)
	if want := calendar.LastNight(calendar.Start(), importsAt); !b.forecasts.Ran().Equal(want) {
		t.Errorf("ran for %s, want %s", b.forecasts.Ran(), want)
	}
	b.pass(24 * time.Hour)
	if want := calendar.LastNight(calendar.Start().AddDate(0, 0, 1), importsAt); !b.forecasts.Ran().Equal(want) {
		t.Errorf("ran for %s, want %s", b.forecasts.Ran(), want)
	}
}
