// Package outbox carries what a simulated system has to say to the tower: each
// message is written in the transaction that makes it true, and sent until the
// tower has it.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Message is an event before it has an id. Data is the payload of its
// contract; OccurredAt is real time.
type Message struct {
	Type       models.EventType
	Subject    string
	Item, DC   string
	OccurredAt time.Time
	Data       any
	// LeftOut makes it one that the source counts in its control totals and never sends.
	LeftOut bool
	// FirstState makes it a statement of how things stand, with nothing that has
	// occurred: its time becomes that at which it first leaves.
	FirstState bool
}

// Append writes messages to the outbox of a source, to be sent in this order.
func Append(ctx context.Context, tx pgx.Tx, source string, messages []Message) error {
	if len(messages) == 0 {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"outbox"},
		[]string{"source", "type", "subject", "item", "dc", "occurred_at", "data", "left_out", "first_state"},
		pgx.CopyFromSlice(len(messages), func(i int) ([]any, error) {
			m := messages[i]
			data, err := json.Marshal(m.Data)
			if err != nil {
				return nil, err
			}
			return []any{source, string(m.Type), m.Subject, m.Item, m.DC, m.OccurredAt, string(data), m.LeftOut, m.FirstState}, nil
		}))
	if err != nil {
		return fmt.Errorf("append to the outbox of %s: %w", source, err)
	}
	return nil
}
