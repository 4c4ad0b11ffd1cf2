package store

import "github.com/jackc/pgx/v5"

// RecordKey is a record of an entity by its ordering key.
type RecordKey struct{ Entity, Record string }

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
