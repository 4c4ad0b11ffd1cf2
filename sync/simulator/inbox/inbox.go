// Package inbox keeps what the tower delivers to a simulated system in the
// nightly exchange until the system imports it, as a file of the night would.
package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/webhook"
)

// page is how many events one part of an import takes.
const page = 1000

// Config of an Inbox.
type Config struct {
	DB     *pgxpool.Pool
	System string // whose it is
	Clock  *calendar.Clock
	At     time.Duration // hour of the business day at which the system imports
}

// Inbox holds the deliveries of one system. Its methods are safe for
// concurrent use, except that one import runs at a time.
type Inbox struct{ cfg Config }

// New makes an Inbox in a database that simdb.Open prepared.
func New(cfg Config) (*Inbox, error) {
	if cfg.DB == nil || cfg.System == "" || cfg.Clock == nil || cfg.At < 0 || cfg.At >= 24*time.Hour {
		return nil, errors.New("inbox: database, system, clock and an hour of the day are needed")
	}
	return &Inbox{cfg}, nil
}

// Night is the business time of the newest import that is due.
func (b *Inbox) Night() time.Time { return calendar.LastNight(b.cfg.Clock.Business(), b.cfg.At) }

// Keep notes deliveries durably, without effect. It is a webhook.Handle.
func (b *Inbox) Keep(ctx context.Context, events []webhook.Event) error {
	texts := make([]string, len(events))
	for i, event := range events {
		text, err := json.Marshal(event)
		if err != nil {
			return fmt.Errorf("event %s: %w", event.ID, err)
		}
		texts[i] = string(text)
	}
	_, err := b.cfg.DB.Exec(ctx, `
		INSERT INTO inbox (system, taken_on, event)
		SELECT $1, $2, u.event FROM unnest($3::text[]) WITH ORDINALITY AS u (event, place) ORDER BY u.place`,
		b.cfg.System, b.cfg.Clock.Business(), texts)
	if err != nil {
		return fmt.Errorf("keep a delivery to %s: %w", b.cfg.System, err)
	}
	return nil
}

// Import hands on what was kept before a night, in the order in which it came.
// handle sees a part again when the process ends before the part is forgotten.
func (b *Inbox) Import(ctx context.Context, night time.Time, handle webhook.Handle) error {
	for {
		ids, events, err := b.read(ctx, night)
		if err != nil {
			return fmt.Errorf("import to %s: %w", b.cfg.System, err)
		}
		if len(ids) == 0 {
			return nil
		}
		if err := handle(ctx, events); err != nil {
			return fmt.Errorf("import to %s: %w", b.cfg.System, err)
		}
		if _, err := b.cfg.DB.Exec(ctx, "DELETE FROM inbox WHERE id = ANY($1)", ids); err != nil {
			return fmt.Errorf("import to %s: %w", b.cfg.System, err)
		}
	}
}

func (b *Inbox) read(ctx context.Context, night time.Time) (ids []int64, events []webhook.Event, err error) {
	rows, err := b.cfg.DB.Query(ctx, `
		SELECT id, event FROM inbox WHERE system = $1 AND taken_on < $2 ORDER BY id LIMIT $3`, b.cfg.System, night, page)
	if err != nil {
		return nil, nil, err
	}
	var (
		id   int64
		text string
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &text}, func() error {
		var event webhook.Event
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			return err
		}
		ids, events = append(ids, id), append(events, event)
		return nil
	})
	return ids, events, err
}
