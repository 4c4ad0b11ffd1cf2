package store

import (
	"context"
	"encoding/json"
	"fmt"

	"throughline/models"
)

const (
	hintChannel = "throughline"
	// hintBytes keeps a payload below the 8,000 bytes that NOTIFY carries.
	hintBytes = 7000
)

// Hints carries the news of changed topics between processes. It is safe for concurrent use.
type Hints struct{ db *DB }

// NewHints sends and receives through db.
func NewHints(db *DB) *Hints { return &Hints{db: db} }

// Send tells every listener that topics changed, in as few messages as fit. It
// is called after the commit of the change (invariant 7) and never inside a
// busy transaction, since NOTIFY serialises commits.
func (h *Hints) Send(ctx context.Context, topics []models.Topic) error {
	for _, part := range hintParts(topics) {
		text, err := json.Marshal(part)
		if err != nil {
			return fmt.Errorf("write a hint: %w", err)
		}
		_, err = h.db.Pool.Exec(ctx,
			`SELECT pg_notify($1, json_build_object('seq', nextval('hint_seq'), 'topics', $2::json)::text)`, hintChannel, string(text))
		if err != nil {
			return fmt.Errorf("send a hint: %w", err)
		}
	}
	return nil
}

// hintParts cuts topics into messages that fit. A topic too long for any
// message is left out.
func hintParts(topics []models.Topic) [][]models.Topic {
	var parts [][]models.Topic
	size := hintBytes
	for _, t := range topics {
		quoted, err := json.Marshal(t)
		if err != nil || len(quoted) > hintBytes/2 {
			continue
		}
		if size+len(quoted) > hintBytes {
			parts = append(parts, nil)
			size = 0
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], t)
		size += len(quoted) + 1
	}
	return parts
}

// Last is the number of the newest hint that was sent, 0 before the first.
func (h *Hints) Last(ctx context.Context) (int64, error) {
	var seq int64
	err := h.db.Pool.QueryRow(ctx, `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM hint_seq`).Scan(&seq)
	if err != nil {
		return 0, fmt.Errorf("read the number of the last hint: %w", err)
	}
	return seq, nil
}

// Listen calls ready once it hears, then each with every hint, until ctx ends
// or the connection breaks, and says why it ended. each must not block.
func (h *Hints) Listen(ctx context.Context, ready func(), each func(models.Hint)) error {
	pooled, err := h.db.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("take a connection to listen on: %w", err)
	}
	// A connection that listens must never serve anybody else.
	conn := pooled.Hijack()
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+hintChannel); err != nil {
		return fmt.Errorf("listen for hints: %w", err)
	}
	ready()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("wait for hints: %w", err)
		}
		var hint models.Hint
		if err := json.Unmarshal([]byte(n.Payload), &hint); err != nil {
			hint = models.Hint{Resync: true}
		}
		each(hint)
	}
}
