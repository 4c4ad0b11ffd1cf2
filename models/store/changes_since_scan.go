package store

import (
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

func scanChanged(rows pgx.Rows, row *changeRow) (models.ChangedFact, error) {
	f := models.ChangedFact{AppliedAt: row.appliedAt, Replayed: row.kind == "replay"}
	var onHand, allocated string
	err := rows.Scan(&f.Seq, &f.Shard, &f.ReceivedAt, &f.OccurredAt, &f.Source, &f.ID, &f.Type, &f.Subject,
		&f.Key, &f.Item, &f.DC, &f.TraceID, &f.Conflict, &f.Extensions, &f.Data, &onHand, &allocated)
	if err != nil || onHand == "" {
		return f, err
	}
	f.Stock = &models.StockAfter{}
	if f.Stock.OnHand, err = decimal.NewFromString(onHand); err != nil {
		return f, err
	}
	f.Stock.Allocated, err = decimal.NewFromString(allocated)
	return f, err
}
