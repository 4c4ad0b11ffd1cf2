// Package fault breaks the demo on purpose: each fault can be asked for or
// comes by a rate, and a log keeps the truth of what was broken and when.
package fault

import (
	"context"
	"time"
)

// The faults of the demo.
const (
	ERPDown             = "erp-down"
	ForecastsLate       = "forecasts-late"
	SilentDC            = "silent-dc"
	MalformedEvent      = "malformed-event"
	UnknownItem         = "unknown-item"
	DuplicateBurst      = "duplicate-burst"
	OutOfOrderBurst     = "out-of-order-burst"
	OutOfOrderForLong   = "out-of-order-for-long"
	ShortConfirmation   = "short-confirmation"
	LostBalance         = "lost-balance"
	NegativeStock       = "negative-stock"
	UsedVersion         = "used-version"
	EmptyShelf          = "empty-shelf"
	LostAnswer          = "lost-answer"
	ReusedID            = "reused-id"
	BadEnvelope         = "bad-envelope"
	ClockAhead          = "clock-ahead"
	LostEvents          = "lost-events"
	LeftOut             = "left-out"
	FoundEvents         = "found-events"
	ForeignWrite        = "foreign-write"
	RefusedOrder        = "refused-order"
	DoubledOrder        = "doubled-order"
	LostAcknowledgement = "lost-acknowledgement"
	MuteSupplier        = "mute-supplier"
	LateShipment        = "late-shipment"
	StuckEngine         = "stuck-engine"
	RefusedDeliveries   = "refused-deliveries"
	RefusedEvent        = "refused-event"
	BusyTarget          = "busy-target"
	Promotion           = "promotion"
	TransferWave        = "transfer-wave"
)

// Rates is how often each fault comes by itself, per business day.
type Rates map[string]float64

// DemoRates keeps a demo lively: something small most days, an outage now and
// then.
func DemoRates() Rates {
	return Rates{
		MalformedEvent: 0.3, DuplicateBurst: 0.3, OutOfOrderBurst: 0.3, ShortConfirmation: 0.5,
		UnknownItem: 0.1, LostBalance: 0.2, SilentDC: 0.05, ForecastsLate: 0.05, ERPDown: 0.03,
	}
}

// Fault is something that can be broken.
type Fault struct {
	Name        string
	Description string // for the person who presses the button
	// Duration is how long it stays broken, in real time; zero is an act that
	// is over at once.
	Duration time.Duration
	// Break does it and says what it hit. It may be nil for a fault with a
	// Duration that others ask the Board about.
	Break func(ctx context.Context) (target string, err error)
}

// Cause says who broke it.
type Cause string

// The causes.
const (
	ByRequest Cause = "request"
	ByRate    Cause = "rate"
)

// Entry is one line of the log of truth. For an act EndsAt is StartedAt.
type Entry struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Cause     Cause     `json:"cause"`
	Target    string    `json:"target"`
	StartedAt time.Time `json:"started_at"`
	EndsAt    time.Time `json:"ends_at"`
}

// Status is a fault as it stands.
type Status struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	State       string     `json:"state"` // idle, active
	RatePerDay  float64    `json:"rate_per_day"`
	Count       int        `json:"count"`
	LastAt      *time.Time `json:"last_at,omitempty"`
	EndsAt      *time.Time `json:"ends_at,omitempty"`
	Target      string     `json:"target,omitempty"`
}
