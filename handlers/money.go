package handlers

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"throughline/models"
)

// CurrencyReader reads the company's currency.
type CurrencyReader interface {
	Currency(ctx context.Context) (string, error)
}

// Currency is the company's currency, in which headings and sums stand. It is
// read again once a minute, and safe for concurrent use.
type Currency struct {
	Read CurrencyReader
	Log  *slog.Logger

	mu    sync.Mutex
	known string
	until time.Time
}

// currencyFor is how long what was read is taken for granted.
const currencyFor = time.Minute

// At is the currency at a real instant: the last one known when it cannot be
// read, since a page with it is better than none.
func (c *Currency) At(ctx context.Context, now time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Before(c.until) {
		return c.known
	}
	read, err := c.Read.Currency(ctx)
	switch {
	case err == nil && read != "":
		c.known, c.until = read, now.Add(currencyFor)
	case err != nil:
		c.Log.WarnContext(ctx, "the company's currency could not be read", slog.Any("error", err))
	}
	return cmp.Or(c.known, models.FallbackCurrency)
}
