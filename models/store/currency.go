package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// currencySample bounds how many items are looked at for the company's currency.
const currencySample = 10_000

// Currency is the company's currency: the one in which most of its items are
// kept; empty while there is no item.
func (o *Overview) Currency(ctx context.Context) (string, error) {
	var currency string
	err := o.db.Pool.QueryRow(ctx, `
		SELECT currency FROM (SELECT currency FROM items LIMIT $1) sample GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1`, currencySample).Scan(&currency)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read the company's currency: %w", err)
	}
	return currency, nil
}
