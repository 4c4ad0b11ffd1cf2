package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// ledgerRead is how many of a key's newest lines are looked at for a cause.
const ledgerRead = 1000

// KeyFacts is what we know about a key that helps to explain a difference.
// Lines are the newest of our ledger, the oldest of them first. Base is the version of
// the newest balance, or of the oldest line where more were made since than are read;
// zero when none came.
type KeyFacts struct {
	Unit  string
	Pack  decimal.Decimal
	Lines []models.StockLine
	Base  int64
}

// KeyFacts reads them; an item without a master record has no unit.
func (r *Reconciles) KeyFacts(ctx context.Context, k ItemDC) (KeyFacts, error) {
	var f KeyFacts
	const what = "read what explains a difference"
	err := r.db.Pool.QueryRow(ctx, `
		SELECT coalesce(max(unit), ''), coalesce(max(pack_size), 0),
			coalesce((SELECT greatest(balance_version, 0) FROM positions WHERE item = $1 AND dc = $2), 0)
		FROM items WHERE item = $1`, k.Item, k.DC).Scan(&f.Unit, &f.Pack, &f.Base)
	if err != nil {
		return f, fmt.Errorf("%s: %w", what, err)
	}
	rows, err := r.db.Pool.Query(ctx, `
		SELECT * FROM (
			SELECT version, kind, document, on_hand_delta, allocated_delta, on_hand, allocated, occurred_at, recorded_at, seq
			FROM stock_movements WHERE item = $1 AND dc = $2 ORDER BY version DESC, seq DESC LIMIT $3) AS newest
		ORDER BY version, seq`, k.Item, k.DC, ledgerRead)
	if err != nil {
		return f, fmt.Errorf("%s: %w", what, err)
	}
	f.Lines, err = collect(rows, what, func(row pgx.CollectableRow, l *models.StockLine) error {
		var seq int64
		return row.Scan(&l.Version, &l.Kind, &l.Document, &l.OnHandDelta, &l.AllocatedDelta, &l.OnHand, &l.Allocated, &l.At, &l.RecordedAt, &seq)
	})
	if len(f.Lines) == ledgerRead {
		f.Base = max(f.Base, f.Lines[0].Version)
	}
	return f, err
}

// LastAgreed is when the last run before this one began that looked at every
// difference and called none of the key; zero when there is no such run.
func (r *ReconcileRun) LastAgreed(ctx context.Context, k ItemDC) (time.Time, error) {
	var at *time.Time
	err := r.conn.QueryRow(ctx, `
		SELECT max(q.started_at) FROM reconcile_runs q
		WHERE q.source = $1 AND q.id < $2 AND q.state = 'finished' AND q.compared = q.matched + q.in_flight + q.drifted
			AND NOT EXISTS (SELECT 1 FROM drifts d WHERE d.source = q.source AND d.item = $3 AND d.dc = $4
				AND d.found_at <= q.finished_at AND (d.cleared_at IS NULL OR d.cleared_at > q.finished_at))`,
		r.source, r.ID, k.Item, k.DC).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read when both sides agreed: %w", err)
	}
	if at == nil {
		return time.Time{}, nil
	}
	return *at, nil
}

// Delivered is the newest version of a key's stock that was delivered to a
// system; zero when nothing was.
func (r *Reconciles) Delivered(ctx context.Context, subscription string, k ItemDC) (int64, error) {
	var version int64
	err := r.db.Pool.QueryRow(ctx, `
		SELECT coalesce(max(version), 0) FROM delivered_versions
		WHERE subscription = $1 AND entity = 'inventory' AND item = $2 AND dc = $3`, subscription, k.Item, k.DC).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read what was delivered to %s: %w", subscription, err)
	}
	return version, nil
}
