package watch

import (
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
)

// Windows is how long what is promised may take, and from what on a deviation
// counts. Each duration says in whose time it runs.
type Windows struct {
	SilentPercent int           // of a source's expected interval without a row; default 150
	Refused       time.Duration // real: without a refused event until a contract counts as kept; default 10 min
	Waiting       time.Duration // real: an event may wait for a reference; default 10 s
	InFlight      time.Duration // real: a difference may be explained by what is on its way; default 15 min
	Gap           time.Duration // real: numbers of a sequence may be overtaken; default 20 s
	Backlog       time.Duration // real: an accepted event of the real-time lane may wait to take effect; default 1 min
	TurnedAway    time.Duration // real: calls may be turned away until it is more than a burst; default 1 min
	Polled        time.Duration // real: a consumer with an expired token may be without data until it is serious; default 1 h
	Ordered       time.Duration // real: from approval to the ERP's order; default 3 min
	BasisAge      time.Duration // real: after which a stock figure is AGED; default 24 h

	Evaluated     time.Duration // business: from a material revision to an evaluation on it; default 24 h
	Acknowledged  time.Duration // business: from the transmission of an order to the acknowledgement that it arrived; default 8 h
	Confirmed     time.Duration // business: from an order to the supplier's answer; default 3 days
	Received      time.Duration // business: after the announced day of arrival; default 1 day
	Duplicate     time.Duration // business: two equal orders placed within it may be one; default 24 h
	LateDays      int           // business days that a confirmation may be late; default 2
	Soon          time.Duration // business: from the start of an interruption until it hurts; default 12 h
	RouteFailures int           // in a row, until a target counts as down; default 3
	WriteAttempts int           // of an ERP write, until the ERP counts as down; default 2

	DiskFree      int           // percent of the tower's disk that have to be free; default 5
	ClockOff      time.Duration // real: that its clock may be off the database's, or set at once; default 2 s
	ReplicaBehind int           // MB of changes that a replica of the database may lack; default 256

	Escalations models.Escalations // who is called when nobody answers

	Targets   models.Targets              // how recent an entity at a DC has to be; real
	Calendars map[string]*models.Calendar // of the sources that do not always work

	MinShortage   decimal.Decimal // units that a stockout lacks at least; default 1
	ShortDays     int             // business days of mean demand that it lacks at least; default 1
	MarginPercent decimal.Decimal // of the price, where the cost is not known; default 30
	FoldAbove     int             // conditions of one kind at one DC that are shown singly; default 10
}

// Validate fills in defaults and refuses what cannot work.
func (w *Windows) Validate() error {
	const day = 24 * time.Hour
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&w.Refused, 10 * time.Minute},
		{&w.Waiting, 10 * time.Second},
		{&w.InFlight, 15 * time.Minute},
		{&w.Gap, 20 * time.Second},
		{&w.Backlog, time.Minute},
		{&w.TurnedAway, time.Minute},
		{&w.Polled, time.Hour},
		{&w.Ordered, 3 * time.Minute},
		{&w.BasisAge, day},
		{&w.Evaluated, day},
		{&w.Acknowledged, 8 * time.Hour},
		{&w.Confirmed, 3 * day},
		{&w.Received, day},
		{&w.Duplicate, day},
		{&w.Soon, 12 * time.Hour},
		{&w.ClockOff, 2 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
		if *d.value < 0 {
			return fmt.Errorf("watch: a window must be positive, not %s", *d.value)
		}
	}
	for _, n := range []struct {
		value    *int
		standard int
	}{{&w.SilentPercent, 150}, {&w.LateDays, 2}, {&w.RouteFailures, 3}, {&w.WriteAttempts, 2}, {&w.FoldAbove, 10}, {&w.ShortDays, 1}, {&w.DiskFree, 5}, {&w.ReplicaBehind, 256}} {
		if *n.value == 0 {
			*n.value = n.standard
		}
		if *n.value < 0 {
			return fmt.Errorf("watch: a bound must be positive, not %d", *n.value)
		}
	}
	if w.MinShortage.IsZero() {
		w.MinShortage = decimal.NewFromInt(1)
	}
	if w.MarginPercent.IsZero() {
		w.MarginPercent = decimal.NewFromInt(30)
	}
	if w.MinShortage.IsNegative() || w.MarginPercent.IsNegative() {
		return errors.New("watch: shortages and margins must be positive")
	}
	return nil
}

// due is when a promise falls due: within usual, where no target says else.
func (w *Windows) due(p models.Promise, usual time.Duration) store.Due {
	return func(dc string, made time.Time) time.Time { return w.Targets.Due(p, dc, made, usual) }
}

// arrived is when what was announced for a business day has to be received at a DC.
func (w *Windows) arrived(dc string, day time.Time) time.Time {
	return w.Targets.DueAfterDay(models.PromiseReceived, dc, day, w.Received)
}

// within says in words how long a promise may take at a DC.
func (w *Windows) within(p models.Promise, dc string, usual time.Duration) string {
	t, governs := p.At(w.Targets, dc)
	if !governs {
		return ago(usual) + " of business time"
	}
	if t.Calendar == nil {
		return ago(t.Followed) + " of business time"
	}
	return allowance(t.Followed, t.Calendar)
}

// Look is the instant at which a detector looks.
type Look struct {
	Real     time.Time
	Business time.Time
	Started  time.Time // real: since when the tower has been looking; it cannot blame others for what came before
	Clock    models.BusinessClock
	Pauses   []models.Pause // that hold now
	Ended    []models.Pause // those that are over, the oldest first
	Owners   []models.Owner
}

// owner is the source that owns an entity, empty for none.
func (l Look) owner(entity string) string {
	for _, o := range l.Owners {
		if o.Entity == entity && o.Record == "" {
			return o.Source
		}
	}
	return ""
}

// Today is the business day of the look.
func (l Look) Today() time.Time { return l.Business.UTC().Truncate(24 * time.Hour) }

// After is a business instant some business time after a real one, to the minute.
func (l Look) After(instant time.Time, business time.Duration) *time.Time {
	at := l.Clock.At(instant).Add(business).Truncate(time.Minute)
	return &at
}

// LateSince is when something due within a real window of an instant becomes
// late by a calendar, the tower's own absence not counted.
func (l Look) LateSince(from time.Time, window time.Duration, calendar *models.Calendar) time.Time {
	if from.Before(l.Started) {
		from = l.Started
	}
	return calendar.DueAfter(from, window)
}
