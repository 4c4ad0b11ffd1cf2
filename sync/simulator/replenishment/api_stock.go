package replenishment

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"throughline/sync/simulator/stockapi"
)

// HeldAfter reads at most limit rows of the stock that the engine works from.
func (e *Engine) HeldAfter(ctx context.Context, after string, limit int) ([]stockapi.Row, error) {
	found, err := e.cfg.DB.Query(ctx, `SELECT data FROM facts WHERE kind = $1 AND key > $2 ORDER BY key LIMIT $3`, factStock, after, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, scanStock)
}

// Held reads the stock of one item at a DC.
func (e *Engine) Held(ctx context.Context, item, dc string) (stockapi.Row, error) {
	found, err := e.cfg.DB.Query(ctx, `SELECT data FROM facts WHERE kind = $1 AND key = $2`, factStock, key{item, dc}.String())
	if err != nil {
		return stockapi.Row{}, err
	}
	row, err := pgx.CollectExactlyOneRow(found, scanStock)
	if errors.Is(err, pgx.ErrNoRows) {
		err = stockapi.ErrUnknown
	}
	return row, err
}

func scanStock(row pgx.CollectableRow) (stockapi.Row, error) {
	var data string
	var held stockapi.Row
	if err := row.Scan(&data); err != nil {
		return held, err
	}
	return held, json.Unmarshal([]byte(data), &held)
}
