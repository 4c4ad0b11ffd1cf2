// Package connector is what the engine may ask of the systems around it. Each
// system is a package of its own below this one, held by connectortest.
package connector

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// Order is an order as the ERP knows it. Response is the answer it was read
// from, for the record of the attempt.
type Order struct {
	Number    string
	Reference string
	Kind      string // purchase, transfer
	State     string
	OrderedAt time.Time
	Response  string
}

// Balance is a system's figure for an item at a DC.
type Balance struct {
	Item      string          `json:"item"`
	DC        string          `json:"dc"`
	OnHand    decimal.Decimal `json:"on_hand"`
	Allocated decimal.Decimal `json:"allocated"`
	Unit      string          `json:"unit"`
	Version   int64           `json:"version"`
	AsOf      time.Time       `json:"as_of"`
}

// BalancePage is a part of a system's snapshot in the order of item and DC. An
// empty Next ends it.
type BalancePage struct {
	Rows []Balance `json:"rows"`
	Next string    `json:"next"`
}

// Orders makes orders and finds them again. Every failure is an *Error.
type Orders interface {
	// CreateOrder asks once and never repeats the request by itself. When the
	// ERP already has an order under the reference, it returns that order.
	// ClassUnknown means that the order may have been made all the same.
	CreateOrder(ctx context.Context, request models.OrderRequest) (Order, error)

	// FindOrders returns every order under a reference, the oldest first, and
	// an empty slice when there is none.
	FindOrders(ctx context.Context, reference string) ([]Order, error)
}

// Balances reads the stock that a system has: the ERP's own, or the copy that
// another one holds. Every failure is an *Error.
type Balances interface {
	Balances(ctx context.Context, after string, limit int) (BalancePage, error)

	// Balance reads one key; an unknown key is ClassPermanent with CodeNotFound.
	Balance(ctx context.Context, item, dc string) (Balance, error)
}

// Polls reads what changed in the ERP's stock. Every failure is an *Error.
type Polls interface {
	// ChangedBalances returns a page of the balances that changed at or after an
	// instant of the ERP's own clock, at one DC or, for an empty dc, at all. An ERP
	// that cannot tell them apart returns more than these.
	ChangedBalances(ctx context.Context, dc string, since time.Time, after string, limit int) (BalancePage, error)
}

// Movements reads the ERP's own stock ledger, where it keeps one. Every failure
// is an *Error.
type Movements interface {
	// Movements returns up to limit lines of a key with a version above after, in
	// the order of version. An ERP that keeps none for the key is
	// ClassPermanent with CodeNotFound.
	Movements(ctx context.Context, item, dc string, after int64, limit int) ([]models.StockLine, error)
}

// Replays asks a system to send again what it has sent. Every failure is an *Error.
type Replays interface {
	// Replay asks for the events of a series with the numbers first to last and
	// returns how many of them come once more, by the way on which they always
	// come. Asking twice does no harm. A system that offers none is ClassPermanent
	// with CodeNotFound.
	Replay(ctx context.Context, series string, first, last int64) (coming int64, err error)

	// ReplayTime asks in the same way for the events of a type, of one DC or, for an
	// empty dc, of all, that happened from an instant of the system's own clock on and
	// before another.
	ReplayTime(ctx context.Context, kind models.EventType, dc string, since, until time.Time) (coming int64, err error)
}

// ChangedOrder is an order as the ERP tells of it, and when that changed last by the
// ERP's own clock.
type ChangedOrder struct {
	models.OrderChanged
	ChangedAt time.Time `json:"changed_at"`
}

// OrderPage is a part of the ERP's orders. An empty Next ends them.
type OrderPage struct {
	Rows []ChangedOrder `json:"rows"`
	Next string         `json:"next"`
}

// OrderLists lists orders by their time, for whoever does not know what to ask for.
// Every failure is an *Error.
type OrderLists interface {
	// ChangedOrders returns a page of the orders that were made or changed at or after
	// an instant of the ERP's own clock. An ERP that lists none is ClassPermanent with
	// CodeNotFound.
	ChangedOrders(ctx context.Context, since time.Time, after string, limit int) (OrderPage, error)
}

// Transmissions sends orders to their suppliers again. Every failure is an *Error.
type Transmissions interface {
	// TransmitAgain has an order go to its supplier once more under its own number,
	// unless it went after an instant of the ERP's own clock, and returns when it went
	// last. Asking again about the same instant does no harm. An ERP that offers none is
	// ClassPermanent with CodeNotFound.
	TransmitAgain(ctx context.Context, number string, since time.Time) (at time.Time, err error)
}

// Confirmations answers a supplier through the ERP. Every failure is an *Error.
type Confirmations interface {
	AcceptConfirmation(ctx context.Context, number string, line int) error
	ChaseConfirmation(ctx context.Context, number string, line int) error
}

// ERP is the whole contract of an ERP connector. Its methods are safe for concurrent use.
type ERP interface {
	Orders
	Balances
	Polls
	Movements
	Replays
	OrderLists
	Transmissions
	Confirmations
}

// Replenishment is the contract of a replenishment engine's connector.
type Replenishment interface {
	// Reevaluate asks the engine to look at an item at a DC now. Asking twice does no harm.
	Reevaluate(ctx context.Context, item, dc, reason string) error
}
