package store

import (
	"context"
	"fmt"

	"throughline/models"
)

// ofMostItems is the currency in which most items are kept, of the ten thousand
// that are looked at; null while there is none.
const ofMostItems = `(SELECT currency FROM (SELECT currency FROM items LIMIT 10000) sample GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1)`

// companyCurrency is the one in which sums stand that cannot be told by currency.
const companyCurrency = `coalesce(` + ofMostItems + `, '` + models.FallbackCurrency + `')`

// Currency is the company's currency: the one in which most of its items are
// kept; empty while there is no item.
func (o *Overview) Currency(ctx context.Context) (string, error) {
	var currency string
	if err := o.db.Pool.QueryRow(ctx, `SELECT coalesce(`+ofMostItems+`, '')`).Scan(&currency); err != nil {
		return "", fmt.Errorf("read the company's currency: %w", err)
	}
	return currency, nil
}
