package reconcile

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/eventlog"
)

// Poll reads from the owner what changed in its stock since an instant of its own
// clock, at one DC or, for an empty dc, at all, and takes in what is newer than
// ours and not in the log. It says how many balances that were, and up to when it has
// read; after an error, which is the connector's where the owner does not answer, that
// is where it began.
func (r *Reconciler) Poll(ctx context.Context, from connector.Polls, dc string, since time.Time) (came int64, upto time.Time, err error) {
	upto = since
	for after := ""; ; {
		page, err := from.ChangedBalances(ctx, dc, since, after, r.cfg.Page)
		if err != nil {
			return came, since, err
		}
		fresh, err := r.cfg.fresh(ctx, page.Rows)
		if err != nil {
			return came, since, err
		}
		for _, e := range fresh {
			if _, err := r.cfg.Intake.Accept(ctx, e); err != nil {
				return came, since, err
			}
			came++
		}
		if after == "" {
			upto = r.cfg.readUpto(page.Rows, since)
		}
		if after = page.Next; after == "" {
			return came, upto, nil
		}
	}
}

// readUpto is the newest time on the first page of a poll. What changes on that page
// while the others are read is later than it, and not later than theirs. A time that
// is still to come says nothing.
func (c *Config) readUpto(first []connector.Balance, since time.Time) time.Time {
	upto, now := since, c.Now()
	for _, b := range first {
		if b.AsOf.After(upto) && !b.AsOf.After(now) {
			upto = b.AsOf
		}
	}
	return upto
}

// fresh are the events of the balances that are newer than ours. One that was polled
// before and waits, or is parked, is not offered again.
func (c *Config) fresh(ctx context.Context, rows []connector.Balance) ([]models.Event, error) {
	newer, err := c.newer(ctx, rows)
	if err != nil || len(newer) == 0 {
		return nil, err
	}
	events := make([]models.Event, len(newer))
	for i, b := range newer {
		if events[i], err = c.event(b, models.PolledID); err != nil {
			return nil, err
		}
	}
	return c.notInLog(ctx, events)
}

// notInLog are those of events that the log does not hold.
func (c *Config) notInLog(ctx context.Context, events []models.Event) ([]models.Event, error) {
	hashes := make([]store.Digest, len(events))
	for i, e := range events {
		hashes[i] = eventlog.HashOf(c.Source, e.ID)
	}
	known, err := c.Reconciles.Known(ctx, hashes)
	if err != nil {
		return nil, err
	}
	var fresh []models.Event
	for i, hash := range hashes {
		if _, have := known[hash]; !have {
			fresh = append(fresh, events[i])
		}
	}
	return fresh, nil
}

// newer are the balances of which we have no version as high.
func (c *Config) newer(ctx context.Context, rows []connector.Balance) ([]connector.Balance, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	keys := make([]store.ItemDC, len(rows))
	for i, b := range rows {
		keys[i] = keyOf(b)
	}
	ours, _, err := c.Reconciles.OurStock(ctx, keys)
	if err != nil {
		return nil, err
	}
	var newer []connector.Balance
	for i, b := range rows {
		if mine, have := ours[keys[i]]; !have || b.Version > mine.Version {
			newer = append(newer, b)
		}
	}
	return newer, nil
}
