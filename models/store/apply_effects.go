package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// Fact is a decoded event that takes effect.
type Fact[T any] struct {
	Event *models.Event
	Data  *T
	Hash  Hash
}

// StockMovement is a row of the stock ledger: what an event did to a position, and the result.
type StockMovement struct {
	StockKey
	Event                       *models.Event
	Kind, Document              string
	OnHandDelta, AllocatedDelta decimal.Decimal
	OnHand, Allocated           decimal.Decimal
	Version                     int64
	Hash                        Hash
	OccurredAt                  time.Time
}

// PositionRow is the state in which a batch leaves a position; Seq is of the
// last event that changed it.
type PositionRow struct {
	StockKey
	*Position
	Seq int64
}

// DemandDay is the demand of a business day in which a batch leaves it.
type DemandDay struct {
	DayKey
	Day
	Seq int64
}

// ForecastRow is an applied forecast revision beside the one before it: the
// quantities of both over the supplier's lead time.
type ForecastRow struct {
	Fact[models.ForecastRevision]
	Quantity decimal.Decimal
	Previous *decimal.Decimal // nil when there was none
	Material bool
}

// BasisKind says where a recommendation's basis is known from.
type BasisKind string

// The kinds of basis, the most trustworthy first.
const (
	BasisDeclared BasisKind = "declared"
	BasisCaptured BasisKind = "captured"
	BasisInferred BasisKind = "inferred"
	BasisMissing  BasisKind = "missing"
)

// RecommendationRow is an applied recommendation and the versions it stands on,
// 0 where they are not known.
type RecommendationRow struct {
	Fact[models.Recommendation]
	Kind                           BasisKind
	ForecastRevision, StockVersion int64
}

// Effects are what a batch changes. The lists of state hold each key once; the
// ledger, documents and outcomes hold a row for each event. Write sorts what is upserted.
type Effects struct {
	Items              []Fact[models.ItemChanged]
	Suppliers          []Fact[models.SupplierChanged]
	Locations          []Fact[models.LocationChanged]
	Positions          []PositionRow
	Ledger             []StockMovement
	Thresholds         []Fact[models.ThresholdBreached]
	DemandDays         []DemandDay
	SalesLines         []Fact[models.SalesOrder]
	Allocations        []Fact[models.Allocation]
	Forecasts          []ForecastRow
	Evaluations        []Fact[models.Evaluation]
	Recommendations    []RecommendationRow
	Orders             []Fact[models.OrderChanged]
	Confirmations      []Fact[models.Confirmation]
	ASNs               []Fact[models.ASN]
	Receipts           []Fact[models.GoodsReceipt]
	SupplierExceptions []Fact[models.SupplierException]

	Unsettled []Unsettled
	Passed    []int64 // sequences that are no longer unsettled
	Settled   []Settled
	Attempts  []Attempt
	Edits     []EventEdit
	Books     map[BookKey]Decided
	Arrivals  []models.SequenceArrivals
}

// Write sends all effects in one round trip; at is when they are recorded. An
// error that IsUnavailable does not cover was caused by the data.
func (t *ApplyTx) Write(ctx context.Context, e *Effects, at time.Time) error {
	b := &pgx.Batch{}
	writeMasters(b, e, at)
	writeStock(b, e, at)
	writeDemand(b, e)
	writeForecasts(b, e.Forecasts, at)
	writeReplenishment(b, e)
	writeOrders(b, e, at)
	writeAnswers(b, e)
	writeOutcomes(b, e, at)
	writeBooks(b, e.Books)
	writeArrivals(b, e.Arrivals)
	if b.Len() == 0 {
		return nil
	}
	if err := t.conn.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("write the effects: %w", err)
	}
	return nil
}
