package handlers

import (
	"context"
	"time"

	"throughline/models"
)

// FlowReader reads how the ways of a cut run.
type FlowReader interface {
	Map(ctx context.Context, p models.Period, cut models.FlowCut) (models.FlowMap, error)
}

// EventReader reads one event with all that became of it.
type EventReader interface {
	Event(ctx context.Context, seq int64) (models.EventDetail, error)
}

// Canonicalizer writes a payload as the tower understood it.
type Canonicalizer interface {
	Canonical(t models.EventType, data string) (string, error)
}

// MessageWriter writes those of some events that a subscriber takes as they are sent to it.
type MessageWriter interface {
	Message(ctx context.Context, subscription string, events []models.Event) (text string, carried []models.Event, err error)
}

// EventReplayer takes unsettled events through the rules again, or settles
// them without effect.
type EventReplayer interface {
	Retry(ctx context.Context, seqs []int64, actor, reason string) ([]models.ReplayResult, error)
	Discard(ctx context.Context, seqs []int64, actor, reason string) ([]models.ReplayResult, error)
}

// EventEditor replays an unsettled event with another payload, or says what that would do.
type EventEditor interface {
	CheckEdit(ctx context.Context, edit models.EventEdit) (models.EditCheck, error)
	Edit(ctx context.Context, edit models.EventEdit) (models.ReplayResult, error)
}

// EventHolder keeps events aside for a while.
type EventHolder interface {
	Hold(ctx context.Context, hold models.EventHold) error
	Release(ctx context.Context, seq int64, actor, reason string, now time.Time) error
}

// HeldReader lists the events that people hold.
type HeldReader interface {
	HeldCount(ctx context.Context, now time.Time) (int64, error)
	Held(ctx context.Context, now time.Time, part models.Part) ([]models.HeldEvent, error)
}

// RefusalReader sums up what subscribers refused.
type RefusalReader interface {
	RefusedByRoute(ctx context.Context) ([]models.RefusedOfRoute, error)
}

// EventRouter hands the exception that stands for an event to somebody.
type EventRouter interface {
	RouteEvent(ctx context.Context, r models.EventRoute) (models.Exception, error)
}

// UnsettledReader lists events that did not pass, by a filter.
type UnsettledReader interface {
	UnsettledMatching(ctx context.Context, q models.ParkedFilter) (int64, error)
	UnsettledEvents(ctx context.Context, q models.ParkedFilter, after int64, limit int) ([]models.UnsettledRow, error)
}

// BulkReader reads bulk actions.
type BulkReader interface {
	Get(ctx context.Context, id int64) (models.BulkRun, error)
	List(ctx context.Context, limit int) ([]models.BulkRun, error)
	PreviewLeft(ctx context.Context, id int64) (models.BulkPreview, int64, error)
	Items(ctx context.Context, id int64, failed bool, after int64, limit int) ([]models.BulkItem, error)
	AuditIDs(ctx context.Context, id int64) ([]int64, error)
}

// BulkOperator plans bulk actions, lets them go on and ends them.
type BulkOperator interface {
	Plan(ctx context.Context, p models.BulkPlan) (int64, error)
	GoOn(ctx context.Context, id int64, actor, reason string) (models.BulkStatus, error)
	Cancel(ctx context.Context, id int64, actor, reason string) error
}

// CauseReader finds the exceptions that stand for groups, by their causes.
type CauseReader interface {
	OfCauses(ctx context.Context, groups []models.EventGroup) (map[string]models.Exception, error)
}

// GroupReader reads the events that wait, by cause.
type GroupReader interface {
	UnsettledCounts(ctx context.Context) (map[string]int64, error)
	UnsettledSummary(ctx context.Context, q models.ParkedFilter, now time.Time) (models.ParkedSummary, error)
	Groups(ctx context.Context, q models.ParkedFilter, by models.Sorting, now time.Time, limit int, folded ...models.ParkedKind) ([]models.EventGroup, error)
	Kinds(ctx context.Context, q models.ParkedFilter, now time.Time, moreThan int) ([]models.ParkedKind, error)
	Group(ctx context.Context, fingerprint, state string, now time.Time, limit int) (models.EventGroup, []models.UnsettledRow, error)
	GroupSeqs(ctx context.Context, fingerprint, state string, upTo int64, limit int) ([]int64, error)
}

// RejectedReader reads what intake refused.
type RejectedReader interface {
	RejectedMatching(ctx context.Context, source, code string) (int64, error)
	RejectedSample(ctx context.Context, id int64) (models.RejectedSample, error)
	Rejected(ctx context.Context, source, code string, part models.Part) ([]models.RejectedSample, error)
	RejectedCounts(ctx context.Context, since time.Time) ([]models.RejectedCount, error)
}

// WriteReader reads one ERP write with its attempts.
type WriteReader interface {
	ERPWrite(ctx context.Context, id int64) (models.ERPWriteDetail, error)
}

// WriteOperator sets an ERP write going again or gives it up.
type WriteOperator interface {
	Resubmitter
	Discard(ctx context.Context, write int64, actor, reason string) error
}

// RouteReader reads subscriptions and deliveries.
type RouteReader interface {
	RouteStatuses(ctx context.Context, p models.Period, name string) ([]models.RouteStatus, error)
	Deliveries(ctx context.Context, q models.DeliveryQuery) (models.DeliveryPage, error)
	Delivery(ctx context.Context, id int64) (models.DeliveryAttempt, []models.DeliveryAttempt, error)
	DeliveredEvents(ctx context.Context, d models.DeliveryAttempt, limit int) ([]models.Event, error)
	Blocks(ctx context.Context, d models.DeliveryAttempt) (bool, error)
	RefusedSum(ctx context.Context, subscription string) (models.RefusedSum, error)
}

// AloneWriter writes an event that a subscriber refused as it is sent to it, and
// tells whether its route takes such an event today.
type AloneWriter interface {
	Alone(ctx context.Context, subscription string, e models.Event) (text string, takes bool, err error)
}

// RefusedReader reads what a subscriber refused.
type RefusedReader interface {
	RefusedSum(ctx context.Context, subscription string) (models.RefusedSum, error)
	RouteStatuses(ctx context.Context, p models.Period, name string) ([]models.RouteStatus, error)
	Refused(ctx context.Context, subscription string, q models.RefusedQuery) ([]models.RefusedEvent, error)
	RefusedEvent(ctx context.Context, subscription string, id int64) (models.RefusedEvent, error)
	RefusedAttempts(ctx context.Context, e models.RefusedEvent) ([]models.DeliveryAttempt, error)
}

// RefusedOperator delivers events that were refused again, or leaves one out.
type RefusedOperator interface {
	RedeliverAll(ctx context.Context, subscription string, types []models.EventType, actor, reason string) ([]models.Redelivery, error)
	Redeliver(ctx context.Context, subscription string, id int64, actor, reason string) error
	DiscardRefused(ctx context.Context, subscription string, id int64, actor, reason string) error
}

// CircuitReader reads how calls to each target fare.
type CircuitReader interface {
	Circuits(ctx context.Context) ([]models.Circuit, error)
}

// RouteOperator pauses and resumes a route, wakes it, moves it past a message or
// back, and replaces its secret.
type RouteOperator interface {
	RewindToEvent(ctx context.Context, name string, seq int64) (models.RewindTo, error)
	RewindToDelivery(ctx context.Context, name string, id int64) (models.RewindTo, error)
	PlanRewind(ctx context.Context, name string, to models.RewindTo) (models.RewindPlan, error)
	RewindRoute(ctx context.Context, name string, to models.RewindTo, actor, reason string) error
	RouteSecret(ctx context.Context, name string) (models.RouteSecret, error)
	RotateSecret(ctx context.Context, name, fingerprint string, overlap time.Duration, actor, reason string) (string, error)
	RetryRoute(ctx context.Context, name, actor, reason string) error
	SkipMessage(ctx context.Context, d models.DeliveryAttempt, actor, reason string) error
	SetRouteState(ctx context.Context, name, to, actor, reason string) error
}

// PauseReader reads what may be paused, what is, and what is planned to be.
type PauseReader interface {
	Pauses(ctx context.Context, now time.Time) ([]models.Pause, error)
	Planned(ctx context.Context, now time.Time) ([]models.Pause, error)
	Pausable(ctx context.Context) ([]models.Pausable, error)
}

// PauseOperator stops something for a while and resumes it, now or as planned.
type PauseOperator interface {
	Plan(ctx context.Context, to models.Pause, now time.Time) (models.Pause, error)
	Cancel(ctx context.Context, id int64, actor, reason string, now time.Time) error
	Pause(ctx context.Context, to models.Pause) error
	Resume(ctx context.Context, kind models.PauseKind, name, actor, reason string, now time.Time) error
}

// BooksAuditor recounts the books from the effects.
type BooksAuditor interface {
	BooksReader
	Audit(ctx context.Context) (models.Books, error)
	RecountedAt(ctx context.Context) (time.Time, error)
	LastRecount(ctx context.Context) (map[string]string, error)
}

// ReconcileReader lists the comparisons with the owners and what they found.
type ReconcileReader interface {
	ReconcileRuns
	ReconcileDrifts
}

// ReconcileRuns reads the runs, the newest first.
type ReconcileRuns interface {
	Runs(ctx context.Context, part models.Part) ([]models.ReconcileRun, error)
	RunCount(ctx context.Context) (int64, error)
	NewestRuns(ctx context.Context) ([]models.ReconcileRun, error)
	Run(ctx context.Context, id int64) (models.ReconcileRun, error)
}

// ReconcileDrifts reads the differences that the runs found.
type ReconcileDrifts interface {
	Drifts(ctx context.Context, f models.DriftFilter, part models.Part) ([]models.Drift, error)
	DriftSum(ctx context.Context, f models.DriftFilter) (models.DriftSum, error)
	Drift(ctx context.Context, id int64) (models.Drift, error)
}

// UncomparedLister tells what is declared and cannot be compared now.
type UncomparedLister interface {
	Uncompared() []models.UncomparedCopy
}

// ReconcileAsker has a comparison made beside the schedule.
type ReconcileAsker interface {
	UncomparedLister
	Sources() []string
	Ask(source, actor string) error
}

// Rereader reads a balance again from its owner, or has what a system holds of it
// delivered again, and says before what would follow. source is whose figure differs.
// Without wait, what is not decided at once is pending.
type Rereader interface {
	Preview(ctx context.Context, source, item, dc string) (models.RereadPreview, error)
	Reread(ctx context.Context, source, item, dc string, wait bool) (models.Reread, error)
}

// ReconcileSigner signs a run off, once.
type ReconcileSigner interface {
	Sign(ctx context.Context, id int64, actor, note string) error
}

// StockTruthReader reads what each system has of the stock, and the newest
// movements of an item at a DC in the tower's own ledger.
type StockTruthReader interface {
	Totals(ctx context.Context, f models.StockTruthFilter) (models.StockTruthTotals, error)
	Truths(ctx context.Context, f models.StockTruthFilter, part models.Part) ([]models.StockTruth, error)
	Movements(ctx context.Context, item, dc string, limit int) ([]models.StockMovement, error)
}
