package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// RecordKey is a record of an entity by its ordering key.
type RecordKey struct{ Entity, Record string }

// Owner is a record and the source that owns it.
type Owner struct {
	RecordKey
	Source string
}

func queueOwners(b *pgx.Batch, k *Keys[string, string]) {
	if len(k.list) == 0 {
		return
	}
	b.Queue(`SELECT entity, source FROM owners WHERE record = '' AND entity = ANY ($1)`, k.list).Query(func(rows pgx.Rows) error {
		var entity, source string
		_, err := pgx.ForEachRow(rows, []any{&entity, &source}, func() error {
			*k.found[entity] = source
			return nil
		})
		return err
	})
}

func queueRecordOwners(b *pgx.Batch, k *Keys[RecordKey, string]) {
	if len(k.list) == 0 {
		return
	}
	b.Queue(`SELECT k.n, o.source FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (entity, record, n)
		JOIN owners o USING (entity, record)`,
		parts(k, func(r RecordKey) string { return r.Entity }),
		parts(k, func(r RecordKey) string { return r.Record })).Query(func(rows pgx.Rows) error {
		var n int
		var source string
		_, err := pgx.ForEachRow(rows, []any{&n, &source}, func() error {
			*k.found[k.list[n-1]] = source
			return nil
		})
		return err
	})
}

// recordExists asks by the kind of an ordering key whether anything is known
// under it, or stands aside and may yet be.
const recordExists = `EXISTS (SELECT FROM unsettled_events u WHERE u.shard = k.shard AND u.key = k.kind || ':' || k.id AND u.source <> k.source)
	OR CASE k.kind
	WHEN 'item' THEN EXISTS (SELECT FROM items t WHERE t.item = k.id)
	WHEN 'supplier' THEN EXISTS (SELECT FROM suppliers t WHERE t.supplier = k.id)
	WHEN 'location' THEN EXISTS (SELECT FROM locations t WHERE t.dc = k.id)
	WHEN 'inventory' THEN EXISTS (SELECT FROM positions t WHERE t.item = k.item AND t.dc = k.dc)
		OR EXISTS (SELECT FROM threshold_breaches t WHERE t.item = k.item AND t.dc = k.dc)
	WHEN 'history' THEN EXISTS (SELECT FROM demand_days t WHERE t.item = k.item AND t.dc = k.dc)
	WHEN 'forecast' THEN EXISTS (SELECT FROM forecast_revisions t WHERE t.item = k.item AND t.dc = k.dc)
	WHEN 'replenishment' THEN EXISTS (SELECT FROM evaluations t WHERE t.item = k.item AND t.dc = k.dc)
		OR EXISTS (SELECT FROM recommendations t WHERE t.item = k.item AND t.dc = k.dc)
	WHEN 'sales' THEN EXISTS (SELECT FROM sales_order_lines t WHERE t.sales_order = k.id)
	WHEN 'allocation' THEN EXISTS (SELECT FROM allocations t WHERE t.sales_order = k.id)
	WHEN 'order' THEN EXISTS (SELECT FROM orders t WHERE t.number = k.id)
	WHEN 'confirmation' THEN EXISTS (SELECT FROM confirmations t WHERE t.confirmation = k.id)
	WHEN 'asn' THEN EXISTS (SELECT FROM asns t WHERE t.asn = k.id)
	WHEN 'receipt' THEN EXISTS (SELECT FROM receipts t WHERE t.receipt = k.id)
	ELSE true END`

// LoadTaken gives the records of events, which come from others than their
// entity's owner, to that owner where they exist. The shard's cursor must be
// locked, so that none appears meanwhile.
func (t *ApplyTx) LoadTaken(ctx context.Context, s *ApplyState, events []*models.Event) error {
	if len(events) == 0 {
		return nil
	}
	cut := func(e **models.Event) (kind, id string) {
		kind, id, _ = strings.Cut((*e).Key, ":")
		return kind, id
	}
	rows, err := t.tx.Query(ctx, `
		SELECT k.n FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[])
			WITH ORDINALITY AS k (kind, id, item, dc, source, shard, n)
		WHERE `+recordExists,
		column(events, func(e **models.Event) string { kind, _ := cut(e); return kind }),
		column(events, func(e **models.Event) string { _, id := cut(e); return id }),
		column(events, func(e **models.Event) string { return (*e).Item }),
		column(events, func(e **models.Event) string { return (*e).DC }),
		column(events, func(e **models.Event) string { return (*e).Source }),
		column(events, func(e **models.Event) int16 { return (*e).Shard }))
	if err != nil {
		return fmt.Errorf("look whose records these are: %w", err)
	}
	var n int
	_, err = pgx.ForEachRow(rows, []any{&n}, func() error {
		e := events[n-1]
		entity := e.Type.Entity()
		*s.RecordOwners.At(RecordKey{entity, e.Key}) = *s.Owners.At(entity)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look whose records these are: %w", err)
	}
	return nil
}

// writeOwners notes whose records are new. One that a person gave to somebody
// meanwhile stays his.
func writeOwners(b *pgx.Batch, rows []Owner) {
	if len(rows) == 0 {
		return
	}
	b.Queue(`INSERT INTO owners (entity, record, source) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
		ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
		column(rows, func(o *Owner) string { return o.Entity }), column(rows, func(o *Owner) string { return o.Record }),
		column(rows, func(o *Owner) string { return o.Source }))
}
