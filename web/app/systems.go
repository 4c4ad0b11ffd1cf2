package app

import (
	"context"

	"throughline/models"
	"throughline/sync/circuit"
	"throughline/sync/connector"
	"throughline/sync/connector/rest"
)

// Endpoint is a system that the tower calls; without a URL it is not connected.
type Endpoint struct {
	URL   string
	Token string
}

// systems are what the tower calls.
type systems struct {
	erp           connector.ERP // nil when none is connected
	replenishment connector.Replenishment
	held          []heldStock // of the connected systems that hold a copy
}

// heldStock is the stock that a target holds.
type heldStock struct {
	target string
	stock  connector.Balances
}

// connectSystems makes the clients of what is configured.
func (p *Program) connectSystems() (systems, error) {
	s := systems{replenishment: noReplenishment{}}
	if p.cfg.ERP.URL != "" {
		client, err := rest.NewERP(p.client(models.TargetERP, p.cfg.ERP))
		if err != nil {
			return s, err
		}
		s.erp = client
	}
	if p.cfg.Replenishment.URL != "" {
		client, err := rest.NewReplenishment(p.client(models.TargetReplenishment, p.cfg.Replenishment))
		if err != nil {
			return s, err
		}
		s.replenishment, s.held = client, append(s.held, heldStock{models.TargetReplenishment, client})
	}
	if p.cfg.Forecasting.URL != "" {
		client, err := rest.NewForecasting(p.client(models.TargetForecasting, p.cfg.Forecasting))
		if err != nil {
			return s, err
		}
		s.held = append(s.held, heldStock{models.TargetForecasting, client})
	}
	return s, nil
}

// client is how a target is called: not while it is paused, and by a circuit of its own.
func (p *Program) client(target string, to Endpoint) rest.Config {
	return rest.Config{
		BaseURL: to.URL, Token: to.Token, Circuit: p.circuits.Gate(target, circuit.Config{}),
		Paused: func() error { return p.pauses.Call(target) },
	}
}

// noReplenishment answers where no replenishment engine is connected.
type noReplenishment struct{}

func (noReplenishment) Reevaluate(context.Context, string, string, string) error {
	return models.Errorf(models.CodePrecondition,
		"No replenishment engine is connected: start Throughline with --replenishment-url.")
}
