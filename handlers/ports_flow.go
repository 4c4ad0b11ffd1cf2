package handlers

import (
	"context"
	"time"

	"throughline/models"
)

// ApprovalCounter counts what stands on each page of the approvals.
type ApprovalCounter interface {
	Matching(ctx context.Context, f models.ApprovalFilter) (int64, error)
	OrderDeskCount(ctx context.Context, dc string) (int64, error)
	ConfirmationGapCount(ctx context.Context, dc string) (int64, error)
	SupplierNoticeCount(ctx context.Context) (int64, error)
}

// ApprovalReader reads what waits for a person, and all about one proposal.
type ApprovalReader interface {
	ApprovalCounter
	Queue(ctx context.Context, f models.ApprovalFilter) (models.ApprovalPage, error)
	Review(ctx context.Context, recommendation string) (models.Review, error)
}

// ApprovalDecider carries out what people decide. A decision that the world
// overtook fails with a *models.ProposalChanged as its cause.
type ApprovalDecider interface {
	Decide(ctx context.Context, d models.Decision) (models.Proposal, error)
	Recompute(ctx context.Context, recommendation, actor, reason string) error
	Ask(ctx context.Context, recommendation, actor, question string) error
	Answer(ctx context.Context, recommendation string, id int64, actor, answer string) error
}

// FallbackKeeper knows which feeds are late and what happens meanwhile.
type FallbackKeeper interface {
	Late(ctx context.Context, now time.Time) ([]models.LateFeed, error)
	Lift(ctx context.Context, o models.FallbackOverride) error
	Restore(ctx context.Context, source, actor, reason string, now time.Time) error
}

// SupplierLister names the suppliers of what waits.
type SupplierLister interface {
	WaitingSuppliers(ctx context.Context) ([]models.SupplierName, error)
}
