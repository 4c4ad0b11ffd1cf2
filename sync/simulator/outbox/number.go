package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/sync/simulator/simdb"
)

// number gives the rows that have none the next numbers of the source's
// sequence. It does so when they are about to leave and not when they are
// written: what is held back, or written by two transactions at once, then
// leaves no hole that closes only later. A number stays with its row, whatever
// becomes of the request, and so does the time that a first state gets with it.
func (s *Sender) number(ctx context.Context, rows []row) error {
	var ids []int64
	for _, r := range rows {
		if r.sequence == 0 {
			ids = append(ids, r.id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	now := s.cfg.Now().Truncate(time.Microsecond) // which is all that the database keeps
	last, err := s.take(ctx, s.cfg.DB, ids, now)
	if err != nil {
		return err
	}
	next := last - int64(len(ids)) + 1
	for i := range rows {
		if rows[i].sequence == 0 {
			rows[i].sequence = next
			next++
			if rows[i].firstState {
				rows[i].occurredAt = now
			}
		}
	}
	return nil
}

// take moves the counter and writes the numbers to the rows in one statement.
func (s *Sender) take(ctx context.Context, db simdb.Querier, ids []int64, now time.Time) (last int64, err error) {
	err = db.QueryRow(ctx, `
		WITH counter AS (
			INSERT INTO state AS s (name, value) VALUES ('sequence:' || $1, cardinality($2::bigint[])::text)
			ON CONFLICT (name) DO UPDATE SET value = (s.value::bigint + cardinality($2::bigint[]))::text
			RETURNING value::bigint AS last
		), numbered AS (
			UPDATE outbox o SET sequence = c.last - cardinality($2::bigint[]) + u.place,
				occurred_at = CASE WHEN o.first_state THEN $3 ELSE o.occurred_at END
			FROM counter c, unnest($2::bigint[]) WITH ORDINALITY AS u (id, place) WHERE o.id = u.id
		)
		SELECT last FROM counter`, s.cfg.Source, ids, now).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("number what %s sends: %w", s.cfg.Source, err)
	}
	return last, nil
}

// Lose takes the newest sent messages as if the source announced them once
// more, numbers the announcements and loses them before they leave. It returns
// the numbers that the tower will miss. Find sends them after all.
func (s *Sender) Lose(ctx context.Context, most int) (first, last int64, err error) {
	s.mu.Lock()
	lost := append([]row(nil), s.sent[max(0, len(s.sent)-most):]...)
	s.mu.Unlock()
	if len(lost) == 0 {
		return 0, 0, nothingSent()
	}
	ids := make([]int64, len(lost))
	err = simdb.InTx(ctx, s.cfg.DB, func(tx pgx.Tx) error {
		for i := range lost {
			if err := tx.QueryRow(ctx, `SELECT nextval(pg_get_serial_sequence('simulator.outbox', 'id'))`).Scan(&ids[i]); err != nil {
				return err
			}
		}
		last, err = s.take(ctx, tx, ids, s.cfg.Now())
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	first = last - int64(len(lost)) + 1
	for i := range lost {
		lost[i].id, lost[i].sequence = ids[i], first+int64(i)
	}
	s.mu.Lock()
	s.lost = append(s.lost, lost...)
	s.mu.Unlock()
	return first, last, nil
}

// Find sends what was lost or left out, late and in order, and returns how many.
func (s *Sender) Find(ctx context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.number(ctx, s.lost); err != nil {
		return 0, err
	}
	found := len(s.lost)
	s.resend, s.lost = append(s.resend, s.lost...), nil
	return found, nil
}
