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
	known, fresh := c.known, now.Before(c.until)
	c.mu.Unlock()
	if fresh {
		return known
	}
	read, err := c.Read.Currency(ctx) // without the lock: a database that hangs must not queue the pages behind each other
	switch {
	case err == nil && read != "":
		c.mu.Lock()
		c.known, c.until = read, now.Add(currencyFor)
		c.mu.Unlock()
		known = read
	case err != nil:
		c.Log.WarnContext(ctx, "the company's currency could not be read", slog.Any("error", err))
	}
	return cmp.Or(known, models.FallbackCurrency)
}
