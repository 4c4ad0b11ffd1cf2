package handlers

import (
	"context"
	"time"

	"throughline/models"
)

// ChainFinder finds the thread that a key belongs to, what a text could mean, what
// retention took of that, and the values of a revision.
type ChainFinder interface {
	Find(ctx context.Context, query string) (models.Chain, error)
	FindAt(ctx context.Context, query string, at time.Time) (models.Chain, error)
	Search(ctx context.Context, text string, limit int) ([]models.SearchHit, error)
	Gone(ctx context.Context, query string) (string, error)
	Forecast(ctx context.Context, item, dc string, seq int64) (models.ForecastValues, error)
}

// SalesOrderReader reads a sales order with what replenishment made of it.
type SalesOrderReader interface {
	SalesOrder(ctx context.Context, number string) (models.SalesOrderDetail, error)
}

// InfluenceReader tells which forecast revisions have reached replenishment.
type InfluenceReader interface {
	Board(ctx context.Context, f models.InfluenceFilter) (models.InfluencePage, error)
	Counts(ctx context.Context, f models.InfluenceFilter) (map[models.InfluenceState]int, error)
}

// Evaluator asks the replenishment engine to look at an item at a DC now.
type Evaluator interface {
	Reevaluate(ctx context.Context, item, dc, reason string) error
}

// AuditTrail tells who asked another system for what, before it is asked, and
// what came of it. do does not run when its intent could not be stored.
type AuditTrail interface {
	Around(ctx context.Context, e models.AuditEntry, do func(context.Context) error) error
}

// OrderDeskReader lists what is approved and not ordered.
type OrderDeskReader interface {
	ApprovalCounter
	OrderDesk(ctx context.Context, dc string, by models.Sorting, part models.Part) ([]models.OrderDeskRow, error)
}

// ConfirmationGapReader lists the order lines that were confirmed short or late.
type ConfirmationGapReader interface {
	ApprovalCounter
	ConfirmationGap(ctx context.Context, number string, line int) (models.ConfirmationGap, error)
	ConfirmationGaps(ctx context.Context, dc string, by models.Sorting, part models.Part) ([]models.ConfirmationGap, error)
}

// Resubmitter sends an approved order to the ERP again, and says in a sentence
// what comes of it now.
type Resubmitter interface {
	Resubmit(ctx context.Context, write int64, actor, reason string) (done string, err error)
}
