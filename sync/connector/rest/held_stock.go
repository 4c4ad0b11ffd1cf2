package rest

import (
	"context"
	"net/url"
	"strconv"

	"throughline/sync/connector"
)

// heldStock is the stock that a system which does not own it works from.
type heldStock struct {
	c    *client
	path string
}

// Balances reads one page of the stock that the system works from.
func (h heldStock) Balances(ctx context.Context, after string, limit int) (connector.BalancePage, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		query.Set("after", after)
	}
	var page connector.BalancePage
	_, err := h.c.read(ctx, h.path+"?"+query.Encode(), &page)
	return page, err
}

// Balance reads one key of the stock that the system works from.
func (h heldStock) Balance(ctx context.Context, item, dc string) (connector.Balance, error) {
	var row connector.Balance
	_, err := h.c.read(ctx, h.path+"/"+url.PathEscape(item)+"/"+url.PathEscape(dc), &row)
	return row, err
}
