// Package store holds every statement that Throughline sends to Postgres:
// GORM for screens, workflow and configuration, pgx for the log and apply paths.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Config says which database to open.
type Config struct {
	DSN            string
	MaxConnections int32         // default 16
	ConnectTimeout time.Duration // default 10 s
}

// DB is one pool with two faces. It is safe for concurrent use.
type DB struct {
	Pool *pgxpool.Pool
	Gorm *gorm.DB
	std  *sql.DB
}

// Open connects and pings. Close it when done.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	pc, err := pgxpool.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, fmt.Errorf("read the database address: %w", err)
	}
	pc.MaxConns = cfg.MaxConnections
	if pc.MaxConns == 0 {
		pc.MaxConns = 16
	}
	pc.ConnConfig.ConnectTimeout = cfg.ConnectTimeout
	if pc.ConnConfig.ConnectTimeout == 0 {
		pc.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	pc.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pc.ConnConfig.RuntimeParams["application_name"] = "throughline"
	pc.ConnConfig.RuntimeParams["jit"] = "off" // to compile takes longer than any statement of ours
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	std := stdlib.OpenDBFromPool(pool)
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: std}), &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC() },
	})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the database for screens: %w", err)
	}
	return &DB{Pool: pool, Gorm: g, std: std}, nil
}

// Close waits for running statements and closes the pool.
func (db *DB) Close() {
	_ = db.std.Close()
	db.Pool.Close()
}
