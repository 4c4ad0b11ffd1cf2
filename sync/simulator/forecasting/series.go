package forecasting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/sync/simulator/forecast"
	"throughline/sync/simulator/simdb"
)

// series is an item at a DC with its newest published forecast.
type series struct {
	item, dc   string
	level      forecast.Level
	revision   int64
	start      time.Time
	quantities []decimal.Decimal
}

func loadSeries(ctx context.Context, db simdb.Querier, dc string) ([]series, error) {
	rows, err := db.Query(ctx, `SELECT item, dc, level, revision, start, quantities
		FROM series WHERE dc = $1 ORDER BY item`, dc)
	if err != nil {
		return nil, fmt.Errorf("load series: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (series, error) {
		var (
			s          series
			quantities []string
		)
		if err := row.Scan(&s.item, &s.dc, (*float64)(&s.level), &s.revision, &s.start, &quantities); err != nil {
			return s, err
		}
		s.quantities = make([]decimal.Decimal, len(quantities))
		for i, text := range quantities {
			if s.quantities[i], err = decimal.NewFromString(text); err != nil {
				return s, err
			}
		}
		return s, nil
	})
}

// saveSeries replaces the series of one DC.
func saveSeries(ctx context.Context, tx pgx.Tx, dc string, all []series) error {
	if _, err := tx.Exec(ctx, "DELETE FROM series WHERE dc = $1", dc); err != nil {
		return fmt.Errorf("save series: %w", err)
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"series"},
		[]string{"item", "dc", "level", "revision", "start", "quantities"},
		pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
			s := all[i]
			return []any{s.item, s.dc, float64(s.level), s.revision, s.start, texts(s.quantities)}, nil
		}))
	if err != nil {
		return fmt.Errorf("save series: %w", err)
	}
	return nil
}

func texts(quantities []decimal.Decimal) []string {
	all := make([]string, len(quantities))
	for i, quantity := range quantities {
		all[i] = quantity.String()
	}
	return all
}
