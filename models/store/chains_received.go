package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// received notes on the nodes that are events when the tower received each. An
// event that retention has dropped stays without.
func (c *Chains) received(ctx context.Context, nodes []models.ChainNode) error {
	var seqs []int64
	for _, n := range nodes {
		if n.Seq != 0 {
			seqs = append(seqs, n.Seq)
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	rows, err := c.db.Pool.Query(ctx, `
		SELECT e.seq, e.received_at FROM shard_cursors c JOIN events e ON e.shard = c.shard AND e.seq = ANY($1)`, seqs)
	if err != nil {
		return fmt.Errorf("read when the chain's events were received: %w", err)
	}
	known := make(map[int64]time.Time, len(seqs))
	var seq int64
	var at time.Time
	if _, err := pgx.ForEachRow(rows, []any{&seq, &at}, func() error { known[seq] = at; return nil }); err != nil {
		return fmt.Errorf("read when the chain's events were received: %w", err)
	}
	for i := range nodes {
		if at, ok := known[nodes[i].Seq]; ok {
			nodes[i].KnownAt = &at
		}
	}
	return nil
}
