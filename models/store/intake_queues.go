package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// IntakeQueues keeps what waits in front of the log, so that it is seen from
// every process. It is safe for concurrent use.
type IntakeQueues struct{ db *DB }

// NewIntakeQueues works on db.
func NewIntakeQueues(db *DB) *IntakeQueues { return &IntakeQueues{db: db} }

// intakeQueueGone is after what time, in SQL, a queue that is noted no more is
// taken to be empty or its process to have ended.
const intakeQueueGone = `interval '5 seconds'`

// Note keeps the queues of a process in the place of those that it noted before.
func (q *IntakeQueues) Note(ctx context.Context, process uuid.UUID, queues []models.IntakeQueue) error {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM intake_queues WHERE process = $1 OR noted_at < clock_timestamp() - interval '1 hour'`, process)
	for _, one := range queues {
		b.Queue(`INSERT INTO intake_queues (process, source, events, oldest_at, is_full, noted_at)
			VALUES ($1, $2, $3::bigint, CASE WHEN $3::bigint > 0 THEN clock_timestamp() - $4::interval END, $5, clock_timestamp())`,
			process, one.Source, one.Events, one.Age, one.Full)
	}
	if err := q.db.Pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("note what waits in front of the log: %w", err)
	}
	return nil
}
