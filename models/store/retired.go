package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

const retiredColumns = `SELECT day, events, first_seq, last_seq, stubs, stubs_gone, stubs_gone_at, bytes, dropped_at FROM retired_days`

func scanRetired(row pgx.CollectableRow) (d models.RetiredDay, err error) {
	return d, row.Scan(&d.Day, &d.Events, &d.FirstSeq, &d.LastSeq, &d.Stubs, &d.StubsGone, &d.StubsGoneAt, &d.Bytes, &d.DroppedAt)
}

// Retired reads the days that retention has taken of the log, or of which it has
// taken the stubs, what it did last first.
func (p *Partitions) Retired(ctx context.Context, limit int) ([]models.RetiredDay, error) {
	rows, err := p.db.Pool.Query(ctx, retiredColumns+` ORDER BY greatest(dropped_at, stubs_gone_at) DESC, day DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read what retention has taken: %w", err)
	}
	return pgx.CollectRows(rows, scanRetired)
}

// goneWith says of an event that is not there with which day retention took its
// sequence, if it ever was.
func goneWith(ctx context.Context, db *DB, seq int64) string {
	rows, err := db.Pool.Query(ctx, retiredColumns+` WHERE $1 BETWEEN first_seq AND last_seq ORDER BY day LIMIT 1`, seq)
	if err != nil {
		return ""
	}
	day, err := pgx.CollectOneRow(rows, scanRetired)
	if errors.Is(err, pgx.ErrNoRows) || err != nil {
		return ""
	}
	if day.StubsGoneAt != nil {
		return fmt.Sprintf(" Retention took the events of %s, to which its number belongs, and at %s UTC the stubs that it had left of them.",
			day.Day.Format(time.DateOnly), day.StubsGoneAt.UTC().Format("2006-01-02 15:04"))
	}
	return fmt.Sprintf(" Retention took the events of %s, to which its number belongs, at %s UTC; what took effect is kept.",
		day.Day.Format(time.DateOnly), day.DroppedAt.UTC().Format("2006-01-02 15:04"))
}
