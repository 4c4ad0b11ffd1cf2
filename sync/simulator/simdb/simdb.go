// Package simdb opens the demo distributor's own database, which is not the
// tower's: killing the tower must not make its source systems forget.
package simdb

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed schema.sql
var schema string

const (
	maxConnections = 6
	connectTimeout = 10 * time.Second
	// schemaLock keeps two simulators from making the schema at once.
	schemaLock = 0x7468726f7567
	// missingDatabase is the SQLSTATE of a database that does not exist.
	missingDatabase = "3D000"
)

// Querier is what a pool and a transaction have in common.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Open connects, makes the database when the server does not have it, and
// brings the schema up. Close the pool when done.
func Open(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the simulator's database address: %w", err)
	}
	cfg.MaxConns = maxConnections
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["application_name"] = "throughline-simulator"
	cfg.ConnConfig.RuntimeParams["search_path"] = "simulator"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the simulator's database: %w", err)
	}
	err = makeSchema(ctx, pool)
	if isMissing(err) {
		if err = makeDatabase(ctx, cfg.ConnConfig); err == nil {
			err = makeSchema(ctx, pool)
		}
	}
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("prepare the simulator's database: %w", err)
	}
	return pool, nil
}

func makeSchema(ctx context.Context, pool *pgxpool.Pool) error {
	return InTx(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(schemaLock)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, schema)
		return err
	})
}

func isMissing(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.Code == missingDatabase
}

func makeDatabase(ctx context.Context, cfg *pgx.ConnConfig) error {
	name := cfg.Database
	admin := cfg.Copy()
	admin.Database = "postgres"
	conn, err := pgx.ConnectConfig(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

// InTx runs work in one transaction, committed when work returns nil.
func InTx(ctx context.Context, pool *pgxpool.Pool, work func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, pool, work)
}

// State reads a named value; found is false when it was never set.
func State(ctx context.Context, db Querier, name string) (value string, found bool, err error) {
	err = db.QueryRow(ctx, "SELECT value FROM state WHERE name = $1", name).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	return value, err == nil, err
}

// SetState writes a named value.
func SetState(ctx context.Context, db Querier, name, value string) error {
	_, err := db.Exec(ctx, `INSERT INTO state (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
