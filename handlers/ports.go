package handlers

import (
	"context"
	"time"

	"throughline/models"
)

// BadgeReader counts what waits in the queues.
type BadgeReader interface {
	Badges(ctx context.Context) ([]models.QueueCount, error)
}

// MeasureReader computes the executive measures and lists the rows behind one.
type MeasureReader interface {
	Read(ctx context.Context, p models.Period) ([]models.Measure, error)
	Rows(ctx context.Context, id models.MeasureID, p models.Period, part models.Part) ([]models.MeasureRow, error)
	Undecided(ctx context.Context) (models.Undecided, error)
}

// ExceptionStore is the one store of what needs a response.
type ExceptionStore interface {
	Queue(ctx context.Context, f models.ExceptionFilter) (models.ExceptionPage, error)
	Matching(ctx context.Context, f models.ExceptionFilter) (int64, error)
	Views(ctx context.Context, f models.ExceptionFilter, owner string) (models.ExceptionViews, error)
	Kinds(ctx context.Context, f models.ExceptionFilter) ([]models.ExceptionCode, error)
	Following(ctx context.Context, f models.ExceptionFilter, causes []int64) (map[int64]int64, error)
	Get(ctx context.Context, id int64) (models.ExceptionDetail, error)
	Change(ctx context.Context, c models.ExceptionChange) (models.Exception, error)
	Undo(ctx context.Context, id int64, version int, actor string) (models.Exception, error)
	Tick(ctx context.Context, id int64, step, actor string, done bool) error
}

// TriageStore does the same with many exceptions at once.
type TriageStore interface {
	Plan(ctx context.Context, p models.TriagePlan) (int64, error)
	Get(ctx context.Context, id int64) (models.Triage, error)
	Run(ctx context.Context, id int64, o models.TriageOrder) (models.Triage, error)
	Undo(ctx context.Context, id int64, actor string) (models.Triage, error)
}

// ExceptionGrouper gathers what is open by its cause.
type ExceptionGrouper interface {
	Groups(ctx context.Context, f models.ExceptionFilter) ([]models.ExceptionGroup, error)
}

// MoveRunner carries out the next move of an exception and says in a sentence
// what was done. A move that only leads to a page has an address instead.
type MoveRunner interface {
	Address(e models.Exception, move string) string
	Run(ctx context.Context, e models.Exception, move string, actor models.User, reason string) (string, error)
}

// RunbookReader gives the runbook of an exception's code.
type RunbookReader interface {
	Runbook(code models.ExceptionCode) []models.RunbookSection
}

// DCLister names the distribution centers.
type DCLister interface {
	DCNames(ctx context.Context) ([]string, error)
}

// PeopleLister lists the accounts that are in use.
type PeopleLister interface {
	Active(ctx context.Context) ([]models.User, error)
}

// MyDayReader gathers what needs a planner.
type MyDayReader interface {
	MyDay(ctx context.Context, business, lastLook time.Time) (models.MyDay, error)
}

// NetworkReader gives the state of DCs, layers and what they hold.
type NetworkReader interface {
	DCs(ctx context.Context, dc string) ([]models.DCState, error)
	Layers(ctx context.Context, dc string) ([]models.LayerState, error)
	Freshness(ctx context.Context, dc string) ([]models.EntityFreshness, error)
}

// PathReader follows the live flows through the layers.
type PathReader interface {
	Paths(ctx context.Context, p models.Period, dc string) ([]models.LayerPath, error)
	Layers(ctx context.Context, dc string) ([]models.LayerState, error)
	Freshness(ctx context.Context, dc string) ([]models.EntityFreshness, error)
}

// LatencyReader reads the minute rollups.
type LatencyReader interface {
	Matrix(ctx context.Context, q models.LatencyQuery) ([]models.LatencyCell, error)
	Series(ctx context.Context, q models.LatencyQuery, step time.Duration) ([]models.LatencyPoint, error)
}

// BooksReader reads the account of every accepted event.
type BooksReader interface {
	Read(ctx context.Context) (models.Books, error)
}

// CoverReader lists what runs short at a DC.
type CoverReader interface {
	BelowCover(ctx context.Context, dc string, part models.Part) ([]models.CoverRow, error)
}
