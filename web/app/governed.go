package app

import (
	"context"
	"sync/atomic"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/watch"
)

// governedOverview reads the network with the declared targets and calendars,
// which may change while the tower runs.
type governedOverview struct {
	*store.Overview
	windows *atomic.Pointer[watch.Windows]
}

func (p *Program) network() governedOverview {
	return governedOverview{store.NewOverview(p.db), &p.governing}
}

// Freshness is the ages, each judged by what governs it now.
func (g governedOverview) Freshness(ctx context.Context, dc string) ([]models.EntityFreshness, error) {
	fresh, err := g.Overview.Freshness(ctx, dc)
	if w := g.windows.Load(); w != nil {
		for i := range fresh {
			fresh[i] = fresh[i].Governed(w.Targets, w.Calendars)
		}
	}
	return fresh, err
}

// revisionWindow is how long a material revision may take at a DC now, in real time.
func (p *Program) revisionWindow(dc string) models.RevisionWindow {
	windows := *p.governing.Load()
	_ = windows.Validate() // it was valid when it was declared; here it fills in what was not
	return models.RevisionWindow{
		DC: dc, Delivered: p.targets().Latency("forecast", dc), Evaluated: p.businessTime().Duration(windows.Evaluated),
	}
}

// calendars are those of the sources that do not always work, as they hold now.
func (p *Program) calendars() map[string]*models.Calendar {
	if w := p.governing.Load(); w != nil {
		return w.Calendars
	}
	return nil
}

// targets are the declared ones that hold now.
func (p *Program) targets() models.Targets {
	if w := p.governing.Load(); w != nil {
		return w.Targets
	}
	return nil
}
