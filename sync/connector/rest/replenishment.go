package rest

import (
	"context"
	"net/url"
	"strconv"

	"throughline/sync/connector"
)

// Replenishment is the connector to a replenishment engine. It is safe for concurrent use.
type Replenishment struct{ c *client }

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
	return &Replenishment{c}, nil
}

// Reevaluate asks the engine to look at an item at a DC now.
func (r *Replenishment) Reevaluate(ctx context.Context, item, dc, reason string) error {
	return r.c.command(ctx, "/replenishment/evaluations", map[string]string{"item": item, "dc": dc, "reason": reason})
}

// Balances reads one page of the stock that the engine works from.
func (r *Replenishment) Balances(ctx context.Context, after string, limit int) (connector.BalancePage, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		query.Set("after", after)
	}
	var page connector.BalancePage
	_, err := r.c.read(ctx, "/replenishment/stock?"+query.Encode(), &page)
	return page, err
}

// Balance reads one key of the stock that the engine works from.
func (r *Replenishment) Balance(ctx context.Context, item, dc string) (connector.Balance, error) {
	var row connector.Balance
	_, err := r.c.read(ctx, "/replenishment/stock/"+url.PathEscape(item)+"/"+url.PathEscape(dc), &row)
	return row, err
}
