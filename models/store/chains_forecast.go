package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Forecast reads the values of the revision that an event brought, by the
// event's place in the log. Fails with CodeNotFound where it brought none.
func (c *Chains) Forecast(ctx context.Context, item, dc string, seq int64) (models.ForecastValues, error) {
	var values models.ForecastValues
	var quantities []string
	err := c.db.Pool.QueryRow(ctx, `SELECT start_day, unit, quantities::text[] FROM forecast_revisions WHERE item = $1 AND dc = $2 AND seq = $3`,
		item, dc, seq).Scan(&values.Start, &values.Unit, &quantities)
	if errors.Is(err, pgx.ErrNoRows) {
		return values, models.Errorf(models.CodeNotFound, "Event %d brought no forecast of %s at %s.", seq, item, dc)
	}
	if err != nil {
		return values, fmt.Errorf("read the values of a forecast: %w", err)
	}
	if values.Quantities, err = parseDecimals(quantities); err != nil {
		return values, fmt.Errorf("read the values of a forecast: %w", err)
	}
	return values, nil
}
