package bulk_test

import (
	"context"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/apply"
	"throughline/sync/bulk"
)

// paced notes when a bulk action did how much, shard by shard.
type paced struct {
	*apply.Engine
	parts []part
}

type part struct {
	at     time.Time
	events int
}

func (p *paced) Bulk(ctx context.Context, step apply.BulkStep) error {
	p.parts = append(p.parts, part{time.Now(), len(step.Seqs)})
	return p.Engine.Bulk(ctx, step)
}

// TestItIsNeverFasterThanItsRate holds what was done at each instant, in steps of a
// quarter of a second, against the time until then: a slow machine only makes it slower.
func TestItIsNeverFasterThanItsRate(t *testing.T) {
	const events, rate, step = 32, 20, 5
	w := newWorld(t, events, 0)
	seen := &paced{Engine: w.engine}
	var err error
	if w.bulk, err = bulk.New(bulk.Config{DB: w.db, Replay: seen}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	w.expectOnce(w.goOn(w.plan(plan(models.BulkRetry, func(p *models.BulkPlan) { p.GoOn, p.Rate = true, rate })), models.BulkDone))
	done := 0
	for _, part := range seen.parts {
		done += part.events
		if most := step + rate*part.at.Sub(began).Seconds(); float64(done) > most {
			t.Errorf("%d events were done when %.1f were allowed", done, most)
		}
	}
	if done != events {
		t.Errorf("%d of %d events", done, events)
	}
}
