package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// decisionPatience is how long a refused event may take to be sent again, and
// heldFor for how long nobody else decides on it: longer, and no longer than that
// if the process dies.
const (
	decisionPatience = 30 * time.Second
	heldFor          = 2 * decisionPatience
)

// free says of a refused event that nobody delivers it right now.
const free = `(held_until IS NULL OR held_until <= now())`

// ErrSettled says of a refused event that somebody delivered or discarded it meanwhile.
var ErrSettled = errors.New("the event is settled")

// DecideRefused reads an event that a subscriber refused and has it sent, while
// nobody else decides on it. It is held by its row and not by a connection, since
// the subscriber may take its time. CodeConflict when somebody decided before or is
// at it, CodeUnavailable when the subscriber did not answer in time.
func (f *Failures) DecideRefused(ctx context.Context, subscription string, id int64, send func(context.Context, models.RefusedEvent) error) error {
	until, err := f.holdRefused(ctx, subscription, id)
	if err != nil {
		return err
	}
	defer f.letRefused(ctx, id, until)
	e, err := f.RefusedEvent(ctx, subscription, id)
	if err != nil {
		return err
	}
	sending, cancel := context.WithTimeout(ctx, decisionPatience)
	defer cancel()
	err = send(sending, e)
	if err != nil && sending.Err() != nil && ctx.Err() == nil {
		return models.Wrap(models.CodeUnavailable, err, fmt.Sprintf("%s did not take it within %s.", subscription, decisionPatience))
	}
	return err
}

func (f *Failures) holdRefused(ctx context.Context, subscription string, id int64) (until time.Time, err error) {
	err = f.db.Pool.QueryRow(ctx, `
		UPDATE refused_events SET held_until = now() + $3::interval WHERE id = $1 AND subscription = $2 AND state = 'open' AND `+free+` RETURNING held_until`,
		id, subscription, heldFor).Scan(&until)
	if err == nil {
		return until, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return until, fmt.Errorf("hold refused event %d: %w", id, err)
	}
	e, err := f.RefusedEvent(ctx, subscription, id)
	switch {
	case err != nil:
		return until, err
	case e.State != models.RefusedOpen:
		return until, models.Wrap(models.CodeConflict, ErrSettled, fmt.Sprintf("It was %s meanwhile.", e.State))
	}
	return until, models.Errorf(models.CodeConflict, "Somebody delivers it right now.")
}

// letRefused lets others decide; where it fails, the hold ends by itself.
func (f *Failures) letRefused(ctx context.Context, id int64, until time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomePatience)
	defer cancel()
	_, _ = f.db.Pool.Exec(ctx, `UPDATE refused_events SET held_until = NULL WHERE id = $1 AND held_until = $2`, id, until)
}

// DiscardRefused settles an event that a subscriber refused without delivering
// it, with its audit row; CodeConflict when it is settled already or being delivered.
func (f *Failures) DiscardRefused(ctx context.Context, subscription string, id int64, actor, reason string) error {
	if actor == "" || reason == "" {
		return models.Errorf(models.CodeInvalid, "Say why it may be left out.")
	}
	err := pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		var seq int64
		err := tx.QueryRow(ctx, `UPDATE refused_events SET state = 'discarded', settled_at = now()
			WHERE id = $1 AND subscription = $2 AND state = 'open' AND `+free+` RETURNING seq`, id, subscription).Scan(&seq)
		if errors.Is(err, pgx.ErrNoRows) {
			return models.Errorf(models.CodeConflict, "It was delivered or discarded meanwhile, or is being delivered.")
		}
		if err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: actor, Action: "route.discard", Subject: "route:" + subscription, Reason: reason,
			Before: `{"state":"open"}`, After: `{"state":"discarded","event":` + strconv.FormatInt(seq, 10) + `}`,
		})
	})
	if err != nil {
		return fmt.Errorf("discard refused event %d: %w", id, err)
	}
	return nil
}
