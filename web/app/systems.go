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
	held          connector.Balances // the stock that replenishment holds; nil when it is not connected
}

// connectSystems makes the clients, each with a circuit of its own.
func connectSystems(erp, replenishment Endpoint, circuits *circuit.Set) (systems, error) {
	s := systems{replenishment: noReplenishment{}}
	if erp.URL != "" {
		client, err := rest.NewERP(rest.Config{BaseURL: erp.URL, Token: erp.Token, Circuit: circuits.Gate(models.TargetERP, circuit.Config{})})
		if err != nil {
			return s, err
		}
		s.erp = client
	}
	if replenishment.URL != "" {
		client, err := rest.NewReplenishment(rest.Config{
			BaseURL: replenishment.URL, Token: replenishment.Token, Circuit: circuits.Gate("replenishment", circuit.Config{}),
		})
		if err != nil {
			return s, err
		}
		s.replenishment, s.held = client, client
	}
	return s, nil
}

// noReplenishment answers where no replenishment engine is connected.
type noReplenishment struct{}

func (noReplenishment) Reevaluate(context.Context, string, string, string) error {
	return models.Errorf(models.CodePrecondition,
		"No replenishment engine is connected: start Throughline with --replenishment-url.")
}
