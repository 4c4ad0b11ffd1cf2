package rest

import (
	"context"

	"throughline/sync/connector"
)

// Replenishment is the connector to a replenishment engine. It is safe for concurrent use.
type Replenishment struct {
	heldStock
	c *client
}

var (
	_ connector.Replenishment = (*Replenishment)(nil)
	_ connector.Balances      = (*Replenishment)(nil)
)

// NewReplenishment connects to nothing yet; the first call does.
func NewReplenishment(cfg Config) (*Replenishment, error) {
	c, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	return &Replenishment{heldStock{c, "/replenishment/stock"}, c}, nil
}

// Reevaluate asks the engine to look at an item at a DC now.
func (r *Replenishment) Reevaluate(ctx context.Context, item, dc, reason string) error {
	return r.c.command(ctx, "/replenishment/evaluations", map[string]string{"item": item, "dc": dc, "reason": reason})
}
