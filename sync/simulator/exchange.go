package simulator

import (
	"context"
	"time"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/forecasting"
	"throughline/sync/simulator/inbox"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/replenishment"
	"throughline/sync/simulator/simdb"
)

// Exchange is how the systems and the tower tell each other what happened.
type Exchange string

// The exchanges: each event as it happens, or by files once a business night.
const (
	ExchangeLive    Exchange = "live"
	ExchangeNightly Exchange = "nightly"
)

// The hours of the business night. The ERP writes its file when the DCs have
// closed; the others import what has come by their hour, compute, and write
// theirs at once, so that the day's orders are proposed before the DCs open.
const (
	erpNight           = 22 * time.Hour
	forecastingNight   = 2 * time.Hour
	replenishmentNight = 5 * time.Hour
)

const exchangeState = "exchange"

// keepExchange refuses to go on otherwise than the demo began: what one exchange
// left half way, the other would not finish.
func (r *Running) keepExchange(ctx context.Context) error {
	began, err := r.began(ctx)
	if err != nil {
		return err
	}
	if began != r.cfg.Exchange {
		return models.Errorf(models.CodePrecondition,
			"This demo began with --exchange %s: go on with that, or begin anew with --reset.", began)
	}
	return simdb.SetState(ctx, r.db, exchangeState, string(began))
}

// began is the exchange of a demo that is there; a demo from before there was
// a choice is live, and a new one is what it is told to be.
func (r *Running) began(ctx context.Context) (Exchange, error) {
	text, found, err := simdb.State(ctx, r.db, exchangeState)
	if err != nil || found {
		return Exchange(text), err
	}
	trades, err := erp.Began(ctx, r.db)
	if trades {
		return ExchangeLive, err
	}
	return r.cfg.Exchange, err
}

// inboxes are what the systems import at their hours of the night.
func (r *Running) inboxes() (forecasts, engine *inbox.Inbox, err error) {
	if forecasts, err = inbox.New(inbox.Config{DB: r.db, System: forecasting.Source, Clock: r.clock, At: forecastingNight}); err != nil {
		return nil, nil, err
	}
	engine, err = inbox.New(inbox.Config{DB: r.db, System: replenishment.Source, Clock: r.clock, At: replenishmentNight})
	return forecasts, engine, err
}

// nightly is how a source exchanges files; nil when it sends at once.
func (r *Running) nightly(source string, forecasts *forecasting.Forecasting, engine *replenishment.Engine) *outbox.Nightly {
	if r.cfg.Exchange != ExchangeNightly {
		return nil
	}
	last := map[string]func() time.Time{
		erp.Source:           func() time.Time { return calendar.LastNight(r.clock.Business(), erpNight) },
		forecasting.Source:   forecasts.Ran,
		replenishment.Source: engine.Ran,
	}
	return &outbox.Nightly{Dir: r.cfg.Files, Last: last[source]}
}
