// Package calendar is the demo's business calendar and its clock: business
// time runs fast while the simulator runs, and stands still while it does not.
package calendar

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/sync/simulator/simdb"
)

// HistoryDays is how many business days before the start are published as
// sales history.
const HistoryDays = 60

// Epoch is the business day of the first day of the demand data, 783 whole
// weeks after the real one, so that weekdays agree.
func Epoch() time.Time { return time.Date(2025, 12, 3, 0, 0, 0, 0, time.UTC) }

// Start is the business time at which a new demo begins: a Monday, early.
func Start() time.Time { return time.Date(2026, 6, 8, 5, 0, 0, 0, time.UTC) }

// DataDay is the day of the demand data for a business time.
func DataDay(business time.Time) int { return int(business.Sub(Epoch()) / (24 * time.Hour)) }

// Day is the business day that a day of the demand data falls on.
func Day(dataDay int) time.Time { return Epoch().AddDate(0, 0, dataDay) }

// LastNight is the newest instant, not after a business time, at which a system
// exchanges its files. at is the hour of the business day.
func LastNight(business time.Time, at time.Duration) time.Time {
	night := business.UTC().Truncate(24 * time.Hour).Add(at)
	if night.After(business) {
		return night.AddDate(0, 0, -1)
	}
	return night
}

const stateName = "business_time"

// Clock tells real and business time. It is safe for concurrent use.
type Clock struct {
	business models.BusinessClock
	now      func() time.Time
}

// Load continues business time where it was saved, or at Start. day is the
// real length of a business day; now tells real time.
func Load(ctx context.Context, db simdb.Querier, day time.Duration, now func() time.Time) (*Clock, error) {
	return LoadFrom(ctx, db, Start(), day, now)
}

// LoadFrom is Load for a demo that begins at another business time.
func LoadFrom(ctx context.Context, db simdb.Querier, start time.Time, day time.Duration, now func() time.Time) (*Clock, error) {
	business := start
	saved, found, err := simdb.State(ctx, db, stateName)
	if err != nil {
		return nil, fmt.Errorf("load the business time: %w", err)
	}
	if found {
		if business, err = time.Parse(time.RFC3339Nano, saved); err != nil {
			return nil, fmt.Errorf("load the business time: %w", err)
		}
	}
	return &Clock{business: models.BusinessClock{Real: now().UTC(), Business: business, Day: day}, now: now}, nil
}

// Save keeps the present business time for the next start.
func (c *Clock) Save(ctx context.Context, db simdb.Querier) error {
	if err := simdb.SetState(ctx, db, stateName, c.Business().Format(time.RFC3339Nano)); err != nil {
		return fmt.Errorf("save the business time: %w", err)
	}
	return nil
}

// Now is the real time.
func (c *Clock) Now() time.Time { return c.now().UTC() }

// At is the business time at a real instant.
func (c *Clock) At(instant time.Time) time.Time { return c.business.At(instant).UTC() }

// Business is the business time.
func (c *Clock) Business() time.Time { return c.business.At(c.now()).UTC() }

// Anchored is the clock as others may compute with it until the next start.
func (c *Clock) Anchored() models.BusinessClock { return c.business }
