package handlers

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"throughline/models"
	"throughline/views/ui"
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

// worth says what something is worth, each currency by itself.
func worth(s models.Sums, company string) string {
	text := "worth " + ui.Overview(s[company].Round(0)) + " " + company
	if others := ui.OtherSums(s, company); others != "" {
		text += " + " + others
	}
	return text
}

// exactly is a sum to the cent, with what stands in other currencies beside it.
func exactly(s models.Sums, company string) string {
	text := ui.Exact(s[company].Round(2))
	if others := ui.OtherSums(s, company); others != "" {
		text += " + " + others
	}
	return text
}

// besides says what a sum in the company's currency leaves to the others; empty
// where there is nothing.
func besides(s models.Sums, company string) string {
	if others := ui.OtherSums(s, company); others != "" {
		return "and " + others
	}
	return ""
}
