package reconcile

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
)

// Poll reads from the owner what changed in its stock since an instant of its own
// clock, at one DC or, for an empty dc, at all, and takes in what is newer than
// ours. It says how many balances that were, and up to when it has read; after an
// error, which is the connector's where the owner does not answer, that is where it began.
func (r *Reconciler) Poll(ctx context.Context, from connector.Polls, dc string, since time.Time) (came int64, upto time.Time, err error) {
	upto = since
	for after := ""; ; {
		page, err := from.ChangedBalances(ctx, dc, since, after, r.cfg.Page)
		if err != nil {
			return came, since, err
		}
		newer, err := r.cfg.newer(ctx, page.Rows)
		if err != nil {
			return came, since, err
		}
		for _, b := range newer {
			e, err := r.cfg.event(b, models.PolledID)
			if err == nil {
				_, err = r.cfg.Intake.Accept(ctx, e)
			}
			if err != nil {
				return came, since, err
			}
			came++
		}
		for _, b := range page.Rows {
			if b.AsOf.After(upto) {
				upto = b.AsOf
			}
		}
		if after = page.Next; after == "" {
			return came, upto, nil
		}
	}
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
