package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// KindShelves holds the kinds of exceptions that are put aside for a while. It is
// safe for concurrent use.
type KindShelves struct {
	db     *DB
	clocks func() models.Escalations
}

// NewKindShelves works on db. The clocks of what comes back run in the working
// time that clocks says, always without it.
func NewKindShelves(db *DB, clocks func() models.Escalations) *KindShelves {
	if clocks == nil {
		clocks = func() models.Escalations { return models.Escalations{} }
	}
	return &KindShelves{db: db, clocks: clocks}
}

// Shelve puts a kind aside, with its audit row in the same transaction (invariant
// 8), and returns the shelf as it stands. Asked for again by the same person with
// the same end it changes nothing; with another end it is CodeConflict.
func (s *KindShelves) Shelve(ctx context.Context, k models.KindShelf) (models.KindShelf, error) {
	k.Until = k.Until.Truncate(time.Microsecond) // as the database keeps it
	err := s.change(ctx, func(tx pgx.Tx) error {
		standing, err := shelves(ctx, tx, `k.code = $1 AND k.source = $2 AND k.dc = $3 AND k.until > $4`, k.Code, k.Source, k.DC, k.Since)
		if err != nil {
			return err
		}
		if len(standing) > 0 && (standing[0].Actor != k.Actor || !standing[0].Until.Equal(k.Until)) {
			return models.Errorf(models.CodeConflict, "%s %s is shelved already, by %s.", k.Code, k.Scope(), standing[0].Actor)
		}
		if len(standing) > 0 {
			k = standing[0]
			return nil
		}
		if err := k.Validate(); err != nil {
			return err
		}
		if k.ID, err = addShelf(ctx, tx, k); err != nil {
			return err
		}
		held, err := shelveKinds(ctx, tx, k.Since)
		k.Held = int64(held)
		return err
	})
	if err != nil {
		return k, fmt.Errorf("shelve %s: %w", k.Code, err)
	}
	return k, nil
}

func addShelf(ctx context.Context, tx pgx.Tx, k models.KindShelf) (id int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO kind_shelves (code, source, dc, reason, actor, since, until) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
		k.Code, k.Source, k.DC, k.Reason, k.Actor, k.Since, k.Until).Scan(&id)
	if err != nil {
		return 0, err
	}
	after, err := json.Marshal(map[string]any{"code": k.Code, "source": k.Source, "dc": k.DC, "until": k.Until})
	if err != nil {
		return 0, err
	}
	return id, auditPgx(ctx, tx, models.AuditEntry{
		Actor: k.Actor, Action: "kind.shelve", Subject: kindShelfSubject(id), Reason: k.Reason, After: string(after),
	})
}

func kindShelfSubject(id int64) string { return fmt.Sprintf("kind_shelf:%d", id) }

// End takes a shelf back before its time, with its audit row in the same
// transaction (invariant 8); CodeConflict when it is over already, CodeNotFound
// when there is none.
func (s *KindShelves) End(ctx context.Context, id int64, actor, reason string, now time.Time) error {
	if actor == "" || reason == "" {
		return models.Errorf(models.CodeInvalid, "Say what has changed.")
	}
	err := s.change(ctx, func(tx pgx.Tx) error {
		found, err := shelves(ctx, tx, `k.id = $1`, id)
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return noShelf(id)
		case found[0].Over(now):
			return models.Errorf(models.CodeConflict, "%s %s has returned already.", found[0].Code, found[0].Scope())
		}
		_, err = tx.Exec(ctx, `UPDATE kind_shelves SET until = greatest($2, since), ended_by = $3 WHERE id = $1`, id, now, actor)
		if err == nil {
			_, err = returnKinds(ctx, tx, now, s.clocks())
		}
		if err == nil { // a wider shelf of the kind may stand
			_, err = shelveKinds(ctx, tx, now)
		}
		if err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{Actor: actor, Action: "kind.take_back", Subject: kindShelfSubject(id), Reason: reason})
	})
	if err != nil {
		return fmt.Errorf("end shelf %d: %w", id, err)
	}
	return nil
}

func noShelf(id int64) error { return models.Errorf(models.CodeNotFound, "There is no shelf %d.", id) }

// change waits for a sweep that reports, so that neither sees half of the other.
func (s *KindShelves) change(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockReports); err != nil {
			return err
		}
		return do(tx)
	})
}

// shelveKinds puts what is open of a shelved kind aside until the kind returns,
// and says how many it put. What somebody took back from there stays so, and what
// somebody put aside by itself follows when its own time is over.
func shelveKinds(ctx context.Context, tx pgx.Tx, now time.Time) (int, error) {
	return noted(ctx, tx, `
		WITH shelved AS (
			UPDATE exceptions x SET shelved_until = k.until, kind_shelf = k.id FROM kind_shelves k
			WHERE k.until > $1 AND x.code = k.code AND k.source IN ('', x.source) AND k.dc IN ('', x.dc)
				AND x.state <> 'resolved' AND x.priority <> 'P1' AND x.kind_shelf IS NULL AND (x.shelved_until IS NULL OR x.shelved_until <= $1)
				AND NOT EXISTS (SELECT FROM kind_shelf_rows r WHERE r.shelf = k.id AND r.exception_id = x.id)
			RETURNING x.id, k.id AS shelf, k.actor || ': ' || k.reason AS why)
		, held AS (INSERT INTO kind_shelf_rows (shelf, exception_id, at) SELECT shelf, id, $1 FROM shelved)
		, notes AS (INSERT INTO exception_notes (exception_id, at, actor, action, note) SELECT id, $1, $2, 'kind shelved', 'by ' || why FROM shelved)
		SELECT count(*) FROM shelved`, now, actorTower)
}

// returnKinds empties the shelves whose time is over. What still stands begins
// with a clock of its own, unless it spoke for itself before, being P1, or leaves
// that to its cause. It says how many came back.
func returnKinds(ctx context.Context, tx pgx.Tx, now time.Time, clocks models.Escalations) (int, error) {
	rows, err := tx.Query(ctx, `
		UPDATE exceptions x SET shelved_until = NULL, kind_shelf = NULL FROM kind_shelves k
		WHERE k.id = x.kind_shelf AND k.until <= $1
		RETURNING x.id, `+owningTeam+`, x.priority, x.state <> 'resolved' AND x.priority <> 'P1' AND x.cause_id IS NULL`, now)
	if err != nil {
		return 0, err
	}
	var off []models.OpenCondition
	var e models.OpenCondition
	var speaks bool
	_, err = pgx.ForEachRow(rows, []any{&e.ID, &e.Team, &e.Priority, &speaks}, func() error {
		if speaks {
			off = append(off, e)
		}
		return nil
	})
	if err != nil || len(off) == 0 {
		return 0, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO exception_notes (exception_id, at, actor, action, note)
		SELECT unnest($1::bigint[]), $2, $3, 'returned', 'its kind is shelved no longer'`, column(off, openID), now, actorTower)
	if err != nil {
		return 0, err
	}
	return len(off), beginAnew(ctx, tx, off, now, clocks)
}
