package main

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"throughline/models"
	"throughline/models/store"
)

// floorTables hold the same contract without the engine: each event durable
// once, and the newest balance of a key.
const floorTables = `
	CREATE TABLE floor_log (
		hash uuid PRIMARY KEY, fingerprint uuid NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, shard smallint NOT NULL,
		received_at timestamptz NOT NULL DEFAULT now(), occurred_at timestamptz NOT NULL, source text NOT NULL, event_id text NOT NULL,
		type text NOT NULL, key text NOT NULL, item text NOT NULL, dc text NOT NULL, trace_id text NOT NULL, data text NOT NULL);
	CREATE TABLE floor_copy (LIKE floor_log INCLUDING IDENTITY INCLUDING DEFAULTS);
	CREATE TABLE floor_position (
		item text, dc text, on_hand numeric NOT NULL, allocated numeric NOT NULL, version bigint NOT NULL, as_of timestamptz NOT NULL,
		PRIMARY KEY (item, dc)) WITH (fillfactor = 70)`

const floorRows = 500

func floorDatabase(ctx context.Context, b *bench, connections int32) (*store.DB, func(), error) {
	db, drop, err := b.database(ctx, connections)
	if err != nil {
		return nil, nil, err
	}
	if _, err := db.Pool.Exec(ctx, floorTables); err != nil {
		drop()
		return nil, nil, err
	}
	return db, drop, nil
}

// floorRate lets writers write for the duration.
func floorRate(ctx context.Context, b *bench, writers int, write func(context.Context, *pgxpool.Conn, *world) (int, error)) (float64, error) {
	db, drop, err := floorDatabase(ctx, b, int32(writers))
	if err != nil {
		return 0, err
	}
	defer drop()
	var w world
	var total atomic.Int64
	start := time.Now()
	end := start.Add(b.options.duration)
	g, gctx := errgroup.WithContext(ctx)
	for range writers {
		g.Go(func() error {
			conn, err := db.Pool.Acquire(gctx)
			if err != nil {
				return err
			}
			defer conn.Release()
			for time.Now().Before(end) {
				n, err := write(gctx, conn, &w)
				if err != nil {
					return err
				}
				total.Add(int64(n))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	return float64(total.Load()) / time.Since(start).Seconds(), nil
}

func copyFloor(ctx context.Context, b *bench) (float64, error) {
	columns := []string{"hash", "fingerprint", "shard", "occurred_at", "source", "event_id", "type", "key", "item", "dc", "trace_id", "data"}
	return floorRate(ctx, b, 1, func(ctx context.Context, conn *pgxpool.Conn, w *world) (int, error) {
		const rows = 1000
		n, err := conn.CopyFrom(ctx, pgx.Identifier{"floor_copy"}, columns, pgx.CopyFromSlice(rows, func(int) ([]any, error) {
			f := w.fact()
			hash, content := f.hashes()
			return []any{hash, content, int16(0), f.at, source, f.id, string(models.TypeBalance), f.key, f.item, f.dc, traceText, f.data()}, nil
		}))
		return int(n), err
	})
}

const (
	floorInsert = `
		INSERT INTO floor_log (hash, fingerprint, shard, occurred_at, source, event_id, type, key, item, dc, trace_id, data)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[],
			$9::text[], $10::text[], $11::text[], $12::text[])
		ON CONFLICT (hash) DO NOTHING`
	floorUpsert = `
		INSERT INTO floor_position AS p (item, dc, on_hand, allocated, version, as_of)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[])
		ON CONFLICT (item, dc) DO UPDATE SET on_hand = excluded.on_hand, allocated = excluded.allocated,
			version = excluded.version, as_of = excluded.as_of
		WHERE excluded.version > p.version`
)

func unnestFloor(ctx context.Context, b *bench) (float64, error) {
	const writers = 4
	return floorRate(ctx, b, writers, func(ctx context.Context, conn *pgxpool.Conn, w *world) (int, error) {
		return writeRows(ctx, conn, w, floorRows)
	})
}

// oneTransactionFloor sends both statements and the commit in one round trip,
// which is the best that a writer of single rows can do.
func oneTransactionFloor(ctx context.Context, b *bench) (float64, error) {
	const writers = 16
	return floorRate(ctx, b, writers, func(ctx context.Context, conn *pgxpool.Conn, w *world) (int, error) {
		return writeRows(ctx, conn, w, 1)
	})
}

func writeRows(ctx context.Context, conn *pgxpool.Conn, w *world, n int) (int, error) {
	facts := make([]fact, n)
	for i := range facts {
		facts[i] = w.fact()
	}
	hashes, contents, shards := make([][16]byte, n), make([][16]byte, n), make([]int16, n)
	for i := range facts {
		hashes[i], contents[i] = facts[i].hashes()
	}
	// Sorted by key, or two writers deadlock; a batch has each key once.
	positions := slices.Clone(facts)
	slices.SortFunc(positions, func(a, b fact) int { return strings.Compare(a.key, b.key) })
	batch := &pgx.Batch{}
	batch.Queue(floorInsert, hashes, contents, shards, column(facts, func(f *fact) time.Time { return f.at }),
		column(facts, func(*fact) string { return source }), column(facts, func(f *fact) string { return f.id }),
		column(facts, func(*fact) string { return string(models.TypeBalance) }), column(facts, func(f *fact) string { return f.key }),
		column(facts, func(f *fact) string { return f.item }), column(facts, func(f *fact) string { return f.dc }),
		column(facts, func(*fact) string { return traceText }), column(facts, (*fact).data))
	batch.Queue(floorUpsert, column(positions, func(f *fact) string { return f.item }), column(positions, func(f *fact) string { return f.dc }),
		column(positions, func(f *fact) int64 { return f.onHand }), column(positions, func(*fact) int64 { return 3 }),
		column(positions, func(f *fact) int64 { return f.version }), column(positions, func(f *fact) time.Time { return f.at }))
	return n, conn.SendBatch(ctx, batch).Close()
}

func column[V any](facts []fact, value func(*fact) V) []V {
	out := make([]V, len(facts))
	for i := range facts {
		out[i] = value(&facts[i])
	}
	return out
}
