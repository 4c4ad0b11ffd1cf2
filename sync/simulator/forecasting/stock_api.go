package forecasting

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"throughline/sync/simulator/stockapi"
)

// HeldAfter reads at most limit rows of the stock that is held.
func (f *Forecasting) HeldAfter(ctx context.Context, after string, limit int) ([]stockapi.Row, error) {
	item, dc, _ := strings.Cut(after, "|")
	rows, err := f.cfg.DB.Query(ctx, `
		SELECT item, dc, on_hand, allocated, version, as_of FROM held_stock WHERE (item, dc) > ($1, $2) ORDER BY item, dc LIMIT $3`, item, dc, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[stockapi.Row])
}

// Held reads the stock of one item at a DC.
func (f *Forecasting) Held(ctx context.Context, item, dc string) (stockapi.Row, error) {
	rows, err := f.cfg.DB.Query(ctx, `SELECT item, dc, on_hand, allocated, version, as_of FROM held_stock WHERE item = $1 AND dc = $2`, item, dc)
	if err != nil {
		return stockapi.Row{}, err
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[stockapi.Row])
	if errors.Is(err, pgx.ErrNoRows) {
		err = stockapi.ErrUnknown
	}
	return row, err
}
