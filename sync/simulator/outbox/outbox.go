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

// Message is an event before it is sent. Data is the payload of its
// contract; OccurredAt is real time.
type Message struct {
	ID         string // of its event; empty before Append
	Type       models.EventType
	Subject    string
	Item, DC   string
	OccurredAt time.Time
	Data       any
	Cause      Cause
	// After is the place, counted from 1, of the message of the same Append that
	// it follows from, in place of Cause.Causation; 0 for none.
	After int
	// LeftOut makes it one that the source counts in its control totals and never sends.
	LeftOut bool
	// FirstState makes it a statement of how things stand, with nothing that has
	// occurred: its time becomes that at which it first leaves.
	FirstState bool
}

// Cause says in which trace and business case a message stands and which event it
// follows from; each part may be empty.
type Cause struct {
	TraceParent models.TraceParent `json:"traceparent,omitempty"`
	Correlation string             `json:"correlationid,omitempty"`
	Causation   string             `json:"causationid,omitempty"`
}

// Append writes messages to the outbox of a source, to be sent in this order, and
// gives each its ID.
func Append(ctx context.Context, tx pgx.Tx, source string, messages []Message) error {
	if len(messages) == 0 {
		return nil
	}
	numbers, err := name(ctx, tx, messages)
	if err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"outbox"},
		[]string{"id", "source", "type", "subject", "item", "dc", "occurred_at", "data", "left_out", "first_state", "trace_parent", "correlation", "causation"},
		pgx.CopyFromSlice(len(messages), func(i int) ([]any, error) {
			m := messages[i]
			data, err := json.Marshal(m.Data)
			if err != nil {
				return nil, err
			}
			return []any{
				numbers[i], source, string(m.Type), m.Subject, m.Item, m.DC, m.OccurredAt, string(data), m.LeftOut, m.FirstState,
				string(m.Cause.TraceParent), m.Cause.Correlation, m.Cause.Causation,
			}, nil
		}))
	if err != nil {
		return fmt.Errorf("append to the outbox of %s: %w", source, err)
	}
	return nil
}

// name reserves the numbers of messages, which order them, and gives each the id
// of its event and of the one that it follows from.
func name(ctx context.Context, tx pgx.Tx, messages []Message) (numbers []int64, err error) {
	var instance string
	err = tx.QueryRow(ctx, `
		SELECT array_agg(nextval(pg_get_serial_sequence('outbox', 'id'))), (SELECT value FROM state WHERE name = 'instance')
		FROM generate_series(1, $1)`, len(messages)).Scan(&numbers, &instance)
	if err != nil {
		return nil, fmt.Errorf("number the messages: %w", err)
	}
	for i := range messages {
		m := &messages[i]
		m.ID = eventID(instance, numbers[i])
		if m.After > 0 {
			m.Cause.Causation = messages[m.After-1].ID
		}
	}
	return numbers, nil
}

func eventID(instance string, number int64) string { return fmt.Sprintf("%s-%d", instance, number) }
