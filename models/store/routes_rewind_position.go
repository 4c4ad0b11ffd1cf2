package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// changeOfEvent is the position at which the event $2 of the shard $1 took effect.
const changeOfEvent = `
	SELECT max(pos) AS pos FROM (
		(SELECT pos FROM changes WHERE shard = $1 AND to_seq = $2 AND from_seq = $2 AND kind = 'replay' ORDER BY pos DESC LIMIT 1)
		UNION ALL
		(SELECT pos FROM changes WHERE shard = $1 AND to_seq >= $2 AND from_seq <= $2 AND kind = 'batch' ORDER BY to_seq LIMIT 1)) c`

// RewindToEvent is the place in the change log at which an event took effect.
// CodeNotFound when there is no such event, CodeConflict when a route cannot be
// moved back to it, with why.
func (f *Failures) RewindToEvent(ctx context.Context, name string, seq int64) (models.RewindTo, error) {
	d, err := f.event(ctx, seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return models.RewindTo{}, models.Errorf(models.CodeNotFound, "There is no event %d.%s", seq, goneWith(ctx, f.db, seq))
	}
	if err == nil {
		err = f.readState(ctx, &d)
	}
	if err != nil {
		return models.RewindTo{}, fmt.Errorf("look for event %d: %w", seq, err)
	}
	if d.State != "applied" {
		return models.RewindTo{}, models.Errorf(models.CodeConflict, "Event %d is %s. Only what took effect is delivered: name one that did.", seq, d.State)
	}
	var pos *int64
	if err := f.db.Pool.QueryRow(ctx, changeOfEvent, d.Shard, seq).Scan(&pos); err != nil {
		return models.RewindTo{}, fmt.Errorf("look for event %d in the change log: %w", seq, err)
	}
	if pos == nil {
		return models.RewindTo{}, errGoneFromChanges()
	}
	return f.behindRoute(ctx, name, models.RewindTo{Shard: d.Shard, Pos: *pos, Seq: seq})
}

// RewindToDelivery is the place in the change log of the first event of a
// message. It answers as RewindToEvent does.
func (f *Failures) RewindToDelivery(ctx context.Context, name string, id int64) (models.RewindTo, error) {
	var to models.RewindTo
	err := f.db.Pool.QueryRow(ctx, `SELECT shard, from_pos, from_seq FROM deliveries WHERE id = $1 AND subscription = $2`, id, name).
		Scan(&to.Shard, &to.Pos, &to.Seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return to, models.Errorf(models.CodeNotFound, "There is no delivery %d to %s.", id, name)
	}
	if err != nil {
		return to, fmt.Errorf("look for delivery %d: %w", id, err)
	}
	return f.behindRoute(ctx, name, to)
}

// behindRoute completes a position with its instant, if the route has passed it
// and the log still holds it.
func (f *Failures) behindRoute(ctx context.Context, name string, to models.RewindTo) (models.RewindTo, error) {
	var at *time.Time
	var passed bool
	err := f.db.Pool.QueryRow(ctx, `
		SELECT (SELECT applied_at FROM changes ch WHERE ch.shard = $2 AND ch.pos = $3
				AND NOT EXISTS (SELECT FROM change_horizons h WHERE h.shard = $2 AND h.pos >= $3)),
			EXISTS (SELECT FROM consumer_cursors WHERE consumer = 'route:' || $1 AND shard = $2 AND pos >= $3)`,
		name, to.Shard, to.Pos).Scan(&at, &passed)
	switch {
	case err != nil:
		return to, fmt.Errorf("look how far route %s has come: %w", name, err)
	case at == nil:
		return to, errGoneFromChanges()
	case !passed:
		return to, models.Errorf(models.CodeConflict, "%s has not been given that yet: it comes by itself.", name)
	}
	to.Since = *at
	return to, nil
}

func errGoneFromChanges() error {
	return models.Errorf(models.CodeConflict, "Retention has taken it from the change log. Rewind to an instant, as far back as the log goes.")
}
