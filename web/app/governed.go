package app

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/configuration"
	"throughline/sync/watch"
)

// governedOverview reads the network with the declared targets and calendars,
// which may change while the tower runs.
type governedOverview struct {
	*store.Overview
	declared *atomic.Pointer[configuration.Document]
}

func (p *Program) network() governedOverview {
	return governedOverview{store.NewOverview(p.db), &p.governing}
}

// Freshness is the ages, each judged by what governs it now.
func (g governedOverview) Freshness(ctx context.Context, dc string) ([]models.EntityFreshness, error) {
	fresh, err := g.Overview.Freshness(ctx, dc)
	if d := g.declared.Load(); d != nil {
		for i := range fresh {
			fresh[i] = fresh[i].Governed(d.Windows.Targets, d.Windows.Calendars)
		}
	}
	return fresh, err
}

// revisionWindow is how long a material revision may take at a DC now, in real time.
func (p *Program) revisionWindow(dc string) models.RevisionWindow {
	w := models.RevisionWindow{
		DC: dc, Delivered: p.targets().Latency("forecast", dc), Evaluated: p.businessTime().Duration(p.declaredWindows().Evaluated),
	}
	if t, governs := models.PromiseEvaluated.At(p.targets(), dc); governs {
		w.Evaluated = p.businessTime().Duration(t.Followed)
		if t.Calendar != nil {
			w.Calendar = t.Calendar.Name
		}
	}
	return w
}

// usualWindow is within what time a promise is kept now where no target says, in the
// promise's own clock.
func (p *Program) usualWindow(promise models.Promise) time.Duration {
	windows := p.declaredWindows()
	return map[models.Promise]time.Duration{
		models.PromiseEvaluated: windows.Evaluated, models.PromiseOrdered: windows.Ordered, models.PromiseAcknowledged: windows.Acknowledged,
		models.PromiseConfirmed: windows.Confirmed, models.PromiseReceived: windows.Received,
	}[promise]
}

// declaredWindows are those that hold now, filled in where nothing was declared.
func (p *Program) declaredWindows() watch.Windows {
	windows := p.governing.Load().Windows
	_ = windows.Validate() // it was valid when it was declared
	return windows
}

// turnedAway is how long calls may be turned away now, in real time.
func (p *Program) turnedAway() time.Duration {
	if d := p.governing.Load(); d != nil {
		return d.Windows.TurnedAway
	}
	return 0
}

// calendars are those of the sources that do not always work, as they hold now.
func (p *Program) calendars() map[string]*models.Calendar {
	if w := p.governing.Load(); w != nil {
		return w.Windows.Calendars
	}
	return nil
}

// clocks say in whose working time those of exceptions run now.
func (p *Program) clocks() models.Escalations {
	if d := p.governing.Load(); d != nil {
		return d.Windows.Escalations
	}
	return models.Escalations{}
}

// targets are the declared ones that hold now.
func (p *Program) targets() models.Targets {
	if d := p.governing.Load(); d != nil {
		return d.Windows.Targets
	}
	return nil
}

// throughput is the declared one that holds now, in events a minute; nil where
// nobody declared it.
func (p *Program) throughput() *decimal.Decimal {
	if d := p.governing.Load(); d != nil {
		return d.Throughput
	}
	return nil
}

// kindOwner is the team that a kind of exceptions belongs to now.
func (p *Program) kindOwner(code models.ExceptionCode) models.Team {
	if team, declared := p.governing.Load().Teams[code]; declared {
		return team
	}
	kind, _ := code.Kind()
	return kind.Team
}
