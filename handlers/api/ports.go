package api

import (
	"context"
	"encoding/json"

	"throughline/models"
)

// Intake takes in events. An error refuses the request as a whole.
type Intake interface {
	Accept(ctx context.Context, r models.IntakeRequest) (models.IntakeAnswer, error)
}

// FileIntake takes in files. What its answer counts is stored, with an error too.
type FileIntake interface {
	AcceptFile(ctx context.Context, r models.FileRequest) (models.FileAnswer, error)
}

// Authenticator knows source systems by an Authorization header. It leaves the key
// that it finds in the context (models.KeepFoundKey).
type Authenticator interface {
	Authenticate(ctx context.Context, authorization string) (models.APIKey, error)
}

// BooksReader reads the books of all sources at one instant.
type BooksReader interface {
	Read(ctx context.Context) (models.Books, error)
}

// RetentionReader reads how long each kind is kept, what retention took of it, and why it takes nothing.
type RetentionReader interface {
	Report(ctx context.Context) ([]models.KeptReport, error)
	Frozen(ctx context.Context) ([]models.RetentionFreeze, error)
}

// PositionReader reads the stock of an item at a distribution center.
type PositionReader interface {
	Get(ctx context.Context, item, dc string) (models.Position, error)
}

// StockReader reads what each system has of the stock.
type StockReader interface {
	Totals(ctx context.Context, f models.StockTruthFilter) (models.StockTruthTotals, error)
	Truths(ctx context.Context, f models.StockTruthFilter, part models.Part) ([]models.StockTruth, error)
}

// ContractReader knows the published contracts.
type ContractReader interface {
	Contracts() []models.Contract
	Schema(t models.EventType) (json.RawMessage, error)
}

// ChangesReader reads what took effect after a place, from one snapshot.
// CodeGone says that it is no longer kept.
type ChangesReader interface {
	Since(ctx context.Context, q models.ChangeQuery) (models.ChangePage, error)
}

// PollKeeper remembers how far those have come who poll, and which exports they
// have read.
type PollKeeper interface {
	Note(ctx context.Context, poll models.Poll) error
	Exported(ctx context.Context, key models.APIKey, exported models.ChangeFilter) error
}

// Exporter gives each record of one snapshot to row and returns where the
// snapshot ends. data are row's during the call only.
type Exporter interface {
	Export(ctx context.Context, f models.ChangeFilter, row func(t models.EventType, data []byte) error) ([]models.ChangePlace, error)
}

// ControlTotals keeps what sources say that they sent, and counts what arrived.
type ControlTotals interface {
	State(ctx context.Context, totals []models.ControlTotal) ([]models.ControlTotal, error)
}

// RefusalCounter is told of each call with a known key that was answered 401 or
// 403. It must not block.
type RefusalCounter interface {
	Refused(key models.APIKey)
}

// SoftwareRecorder is told how each caller with a known key names itself. It must
// not fail.
type SoftwareRecorder interface {
	Saw(ctx context.Context, key models.APIKey, userAgent string)
}

// Limiter takes from what a key may do. The quota is nil for a key without a
// limit and comes with CodeThrottled too.
type Limiter interface {
	Take(key models.APIKey, events int) (*models.Quota, error)
}

// TraceReader finds what shares a trace id; CodeNotFound when nothing does.
type TraceReader interface {
	Trace(ctx context.Context, id string) (models.Trace, error)
}

// CadenceReader reads how often something useful comes of each source.
type CadenceReader interface {
	Read(ctx context.Context, q models.CadenceQuery) ([]models.Cadence, error)
}

// RecommendationReader tells how recommendations stand, and the replenishment of
// an item at a DC; CodeNotFound when nothing is known of it.
type RecommendationReader interface {
	Status(ctx context.Context, id string) (models.Submission, error)
	Place(ctx context.Context, item, dc string) (models.ReplenishmentStatus, error)
}

// TriageStore does the same with many exceptions at once.
type TriageStore interface {
	Plan(ctx context.Context, p models.TriagePlan) (int64, error)
	Get(ctx context.Context, id int64) (models.Triage, error)
	Run(ctx context.Context, id int64, o models.TriageOrder) (models.Triage, error)
	Undo(ctx context.Context, id int64, actor string) (models.Triage, error)
}
