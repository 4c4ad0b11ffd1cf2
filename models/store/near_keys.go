package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// nearAround is how many known keys are compared on either side of an unknown one in
// their order, however many there are.
const nearAround = 1000

// masters are the tables of master records by the kind of a reference: key, name, GTIN.
var masters = map[string]struct{ table, key, name, gtin string }{
	"item": {"items", "item", "description", "gtin"}, "supplier": {"suppliers", "supplier", "name", "''"}, "location": {"locations", "dc", "name", "''"},
}

// NearKeys reads the known keys that are near to the one for which an event waits,
// and the reference of that; none for an event that waits for nothing.
func (f *Failures) NearKeys(ctx context.Context, seq int64) (reference string, near []models.NearKey, err error) {
	const what = "look for keys near to an unknown one"
	err = f.db.Pool.QueryRow(ctx, `SELECT waits_for FROM unsettled_events WHERE seq = $1 AND waits_for IS NOT NULL`, seq).Scan(&reference)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", what, err)
	}
	kind, unknown, _ := strings.Cut(reference, ":")
	m, known := masters[kind]
	if !known {
		return reference, nil, nil
	}
	read := `SELECT ` + m.key + `, ` + m.name + `, ` + m.gtin + ` FROM ` + m.table + ` WHERE `
	query := `(` + read + m.key + ` >= $1 ORDER BY ` + m.key + ` LIMIT $2) UNION (` + read + m.key + ` < $1 ORDER BY ` + m.key + ` DESC LIMIT $2) UNION (` + read + m.key + ` = ANY ($3))`
	args := []any{unknown, nearAround, models.KeyForms(unknown)}
	if kind == "item" {
		query += ` UNION (` + read + `lpad(gtin, 14, '0') = $4 AND gtin <> '' LIMIT $2)`
		args = append(args, models.GTIN(unknown).Normalised())
	}
	rows, err := f.db.Pool.Query(ctx, query, args...)
	if err != nil {
		return reference, nil, fmt.Errorf("%s: %w", what, err)
	}
	candidates, err := collect(rows, what, func(row pgx.CollectableRow, k *models.KnownKey) error { return row.Scan(&k.Key, &k.Name, &k.GTIN) })
	if err != nil {
		return reference, nil, err
	}
	return reference, models.Nearest(unknown, candidates), nil
}
