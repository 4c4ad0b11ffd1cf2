package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// querier is a pgx transaction or pool that reads.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// shelves reads shelves, the newest first, each with how many exceptions it held back.
func shelves(ctx context.Context, from querier, where string, args ...any) ([]models.KindShelf, error) {
	const what = "read the shelved kinds"
	rows, err := from.Query(ctx, `
		SELECT k.id, k.code, k.source, k.dc, k.reason, k.actor, k.since, k.until, k.ended_by,
			(SELECT count(*) FROM kind_shelf_rows r WHERE r.shelf = k.id)
		FROM kind_shelves k WHERE `+where+` ORDER BY k.since DESC, k.id DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, k *models.KindShelf) error {
		return row.Scan(&k.ID, &k.Code, &k.Source, &k.DC, &k.Reason, &k.Actor, &k.Since, &k.Until, &k.EndedBy, &k.Held)
	})
}

// List reads the shelves that were not over at a real instant, the newest first.
func (s *KindShelves) List(ctx context.Context, since time.Time) ([]models.KindShelf, error) {
	return shelves(ctx, s.db.Pool, `k.until > $1`, since)
}

// Get reads one shelf; CodeNotFound when there is none.
func (s *KindShelves) Get(ctx context.Context, id int64) (models.KindShelf, error) {
	found, err := shelves(ctx, s.db.Pool, `k.id = $1`, id)
	if err != nil {
		return models.KindShelf{}, err
	}
	if len(found) == 0 {
		return models.KindShelf{}, noShelf(id)
	}
	return found[0], nil
}

// Sources are the systems that a shelf may name: those that send, and those that
// only subscribe.
func (s *KindShelves) Sources(ctx context.Context) ([]string, error) {
	sources, err := NewPauses(s.db).Sources(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Pool.Query(ctx, `SELECT name FROM subscriptions`)
	if err != nil {
		return nil, fmt.Errorf("read the subscribers: %w", err)
	}
	subscribers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the subscribers: %w", err)
	}
	sources = append(sources, subscribers...)
	slices.Sort(sources)
	return slices.Compact(sources), nil
}

// Held reads the exceptions that a shelf has held back, the newest first, whatever
// became of them.
func (s *KindShelves) Held(ctx context.Context, id int64, part models.Part) ([]models.Exception, error) {
	var held []models.Exception
	err := s.db.Gorm.WithContext(ctx).Raw(`
		SELECT x.* FROM kind_shelf_rows r JOIN exceptions x ON x.id = r.exception_id
		WHERE r.shelf = ? ORDER BY r.at DESC, x.id DESC LIMIT ? OFFSET ?`, id, part.Limit, part.Offset).Scan(&held).Error
	if err != nil {
		return nil, fmt.Errorf("read what shelf %d held back: %w", id, err)
	}
	return held, nil
}
