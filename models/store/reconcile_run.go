package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
)

// ReconcileRun is a run that holds its source. One goroutine uses it.
type ReconcileRun struct {
	ID     int64
	source string
	conn   *pgxpool.Conn
	noting bool // the table of what the source has is there
}

// lock is of the session: a process that dies gives it up at once.
const reconcileLock = `hashtext('reconcile:' || $1)`

func (r *ReconcileRun) open(ctx context.Context, of models.Comparison, askedBy string, now time.Time) error {
	var free bool
	if err := r.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+reconcileLock+`)`, r.source).Scan(&free); err != nil {
		return fmt.Errorf("begin a reconciliation: %w", err)
	}
	if !free {
		return models.Errorf(models.CodeConflict, "%s is being compared already; look at that run.", r.source)
	}
	err := pgx.BeginFunc(ctx, r.conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE reconcile_runs SET state = 'interrupted', finished_at = $2 WHERE source = $1 AND state = 'running'`, r.source, now)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			INSERT INTO reconcile_runs (source, comparison, tolerance_units, tolerance_percent, asked_by, started_at, state)
			VALUES ($1, $2, $3, $4, $5, $6, 'running') RETURNING id`,
			r.source, of.Name, of.Tolerance.Units, of.Tolerance.Percent, askedBy, now).Scan(&r.ID)
	})
	if err != nil {
		return fmt.Errorf("begin a reconciliation: %w", err)
	}
	return nil
}

// Call records a drift that two looks agreed on, and says how many tries in a
// row to mend it did not help. A key that is known to drift gets the newest
// figures. A try did not help when the owner's figure is still the one that was
// read again, or this side has not come so far; what is in flight is not judged
// yet. Once the tries are used up, a newer figure of the owner earns one more,
// also one that was in flight at first. Another cause begins anew. A copy
// whose deliveries are under way and have come forward since the last look is
// found anew: they pass.
func (r *ReconcileRun) Call(ctx context.Context, d models.Drift, now time.Time) (inVain int, err error) {
	err = r.conn.QueryRow(ctx, `
		INSERT INTO drifts (run_id, source, is_copy, item, dc, cause, why, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version,
			parted_side, parted_agreed_at, parted_agreed_version, parted_first_at, parted_first_version, parted_first_line, found_at, called_cause, called_version,
			their_unit, our_unit, their_as_of, our_as_of)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
			CASE WHEN $6 = 'in_flight' THEN '' ELSE $6 END, CASE WHEN $6 = 'in_flight' THEN 0 ELSE $12::bigint END,
			$22, $23, $24, $25)
		ON CONFLICT (source, item, dc) WHERE cleared_at IS NULL DO UPDATE SET run_id = excluded.run_id, cause = excluded.cause, why = excluded.why,
			their_on_hand = excluded.their_on_hand, our_on_hand = excluded.our_on_hand, their_allocated = excluded.their_allocated,
			our_allocated = excluded.our_allocated, their_version = excluded.their_version, our_version = excluded.our_version,
			parted_side = excluded.parted_side, parted_agreed_at = excluded.parted_agreed_at, parted_agreed_version = excluded.parted_agreed_version,
			parted_first_at = excluded.parted_first_at, parted_first_version = excluded.parted_first_version, parted_first_line = excluded.parted_first_line,
			their_unit = excluded.their_unit, our_unit = excluded.our_unit, their_as_of = excluded.their_as_of, our_as_of = excluded.our_as_of,
			found_at = CASE WHEN excluded.is_copy AND excluded.cause = 'in_flight' AND drifts.cause = 'in_flight' AND excluded.our_version > drifts.our_version
				THEN excluded.found_at ELSE drifts.found_at END,
			called_cause = CASE WHEN excluded.cause = 'in_flight' THEN drifts.called_cause ELSE excluded.called_cause END,
			called_version = CASE WHEN excluded.cause = 'in_flight' THEN drifts.called_version ELSE excluded.called_version END,
			heal_version = CASE WHEN excluded.cause = 'in_flight' THEN drifts.heal_version ELSE 0 END,
			heals_in_vain = CASE
				WHEN excluded.cause = 'in_flight' THEN drifts.heals_in_vain
				WHEN excluded.cause <> drifts.called_cause THEN 0
				WHEN drifts.heal_version = 0 AND drifts.heals_in_vain >= $21 AND excluded.their_version > drifts.called_version THEN $21 - 1
				WHEN drifts.heal_version = 0 THEN drifts.heals_in_vain
				WHEN excluded.their_version = drifts.heal_version OR excluded.our_version < drifts.heal_version THEN drifts.heals_in_vain + 1
				ELSE 0 END
		RETURNING heals_in_vain`,
		r.ID, r.source, d.IsCopy, d.Item, d.DC, d.Cause, d.Why, d.Theirs.OnHand, d.Ours.OnHand, d.Theirs.Allocated, d.Ours.Allocated,
		d.Theirs.Version, d.Ours.Version, d.Parted.Side, d.Parted.AgreedAt, d.Parted.AgreedVersion,
		d.Parted.FirstAt, d.Parted.FirstVersion, d.Parted.FirstLine, now, models.HealTries,
		d.Theirs.Unit, d.Ours.Unit, d.Theirs.AsOf, d.Ours.AsOf).Scan(&inVain)
	if err != nil {
		return 0, fmt.Errorf("record a drift: %w", err)
	}
	return inVain, nil
}

// Standing reports whether the run's source has a drift that has not cleared.
func (r *ReconcileRun) Standing(ctx context.Context) (stands bool, err error) {
	err = r.conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM drifts WHERE source = $1 AND cleared_at IS NULL)`, r.source).Scan(&stands)
	if err != nil {
		return false, fmt.Errorf("look for standing drifts: %w", err)
	}
	return stands, nil
}

// Clear closes the drifts of keys on which both sides agree again, and says how
// many there were. Where how is empty, it tells what made them agree.
func (r *ReconcileRun) Clear(ctx context.Context, keys []ItemDC, how string, now time.Time) (int64, error) {
	items, dcs := keyColumns(keys)
	tag, err := r.conn.Exec(ctx, `
		UPDATE drifts SET cleared_at = $4, cleared_how = CASE WHEN $5 <> '' THEN $5 WHEN healed_at IS NULL THEN 'agrees again by itself'
			WHEN is_copy THEN 'delivered again' ELSE 'read again from its owner' END
		WHERE source = $1 AND cleared_at IS NULL AND (item, dc) IN (SELECT * FROM unnest($2::text[], $3::text[]))`, r.source, items, dcs, now, how)
	if err != nil {
		return 0, fmt.Errorf("clear drifts: %w", err)
	}
	return tag.RowsAffected(), nil
}

// Healed notes that a key's figure was read again from its owner, or delivered
// again to the copy; the next run sees whether that helped.
func (r *ReconcileRun) Healed(ctx context.Context, k ItemDC, now time.Time) error {
	_, err := r.conn.Exec(ctx, `
		UPDATE drifts SET healed_at = $4, heal_version = their_version WHERE source = $1 AND item = $2 AND dc = $3 AND cleared_at IS NULL`,
		r.source, k.Item, k.DC, now)
	if err != nil {
		return fmt.Errorf("note a healed drift: %w", err)
	}
	return nil
}

// End closes the run with what it found, or with why it failed, and lets others
// run. It does so even when ctx has ended.
func (r *ReconcileRun) End(ctx context.Context, found models.ReconcileRun, failure error, now time.Time) (models.ReconcileRun, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	defer r.release(ctx)
	found.State = "finished"
	if failure != nil {
		found.State, found.Error = "failed", failure.Error()
	}
	causes := found.Causes
	if causes == nil {
		causes = map[models.DriftCause]int64{}
	}
	err := r.conn.QueryRow(ctx, `
		UPDATE reconcile_runs q SET finished_at = $2, state = $3, compared = $4, matched = $5, in_flight = $6, drifted = $7, healed = $8, error = $9, cleared = $10, causes = $11, within = $12,
			unexplained_value = `+standingSums("d.cause = 'unexplained'")+`, drift_value = `+standingSums("d.cause <> 'in_flight'")+`
		WHERE id = $1 RETURNING id, source, comparison, tolerance_units, tolerance_percent, asked_by, started_at, finished_at, drift_value, unexplained_value`,
		r.ID, now, found.State, found.Compared, found.Matched, found.InFlight, found.Drifted, found.Healed, found.Error, found.Cleared, causes, found.Within).
		Scan(&found.ID, &found.Source, &found.Comparison, &found.Tolerance.Units, &found.Tolerance.Percent, &found.AskedBy, &found.StartedAt, &found.FinishedAt, &found.DriftValue, &found.UnexplainedValue)
	if err != nil {
		return found, fmt.Errorf("end a reconciliation: %w", err)
	}
	return found, nil
}

// standingSums are what the differences of a run q's source that stand are worth.
func standingSums(which string) string {
	return `(SELECT coalesce(jsonb_object_agg(currency, value), '{}') FROM (
		SELECT coalesce(i.currency, '` + models.FallbackCurrency + `') AS currency, sum(` + driftValue + `) AS value FROM drifts d LEFT JOIN items i USING (item)
		WHERE d.source = q.source AND d.cleared_at IS NULL AND ` + which + ` GROUP BY 1) AS each)`
}

// release gives up the lock; a connection that cannot is closed, which does too.
func (r *ReconcileRun) release(ctx context.Context) {
	_, err := r.conn.Exec(ctx, `SELECT pg_advisory_unlock_all()`)
	if errors.Join(err, r.forget(ctx)) != nil {
		_ = r.conn.Conn().Close(ctx)
	}
	r.conn.Release()
}
