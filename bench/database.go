package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"throughline/models/store"
	"throughline/models/store/localpg"
)

// bench owns the server that all measurements share; each has a database of its own.
type bench struct {
	options options
	dir     string
	server  *localpg.Server
	admin   string
	made    int
}

// newBench starts a private Postgres with the tower's own settings, or takes
// the one that DATABASE_URL names, whose user must be allowed to make databases.
func newBench(ctx context.Context, o options) (*bench, error) {
	b := &bench{options: o, admin: os.Getenv("DATABASE_URL")}
	if b.admin != "" {
		return b, nil
	}
	dir, err := os.MkdirTemp("", "throughline-bench-")
	if err != nil {
		return nil, err
	}
	b.dir = dir
	if b.server, err = localpg.Start(ctx, localpg.Config{Dir: dir}); err != nil {
		return nil, fmt.Errorf("start Postgres: %w", err)
	}
	b.admin = b.server.DSN("postgres")
	return b, nil
}

func (b *bench) close() error {
	if b.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := b.server.Stop(ctx); err != nil {
		return err
	}
	return os.RemoveAll(b.dir)
}

// database makes a fresh, migrated database and returns how to drop it.
func (b *bench) database(ctx context.Context, connections int32) (_ *store.DB, drop func(), err error) {
	admin, err := store.Open(ctx, store.Config{DSN: b.admin, MaxConnections: 2})
	if err != nil {
		return nil, nil, err
	}
	b.made++
	name := fmt.Sprintf("bench_%d_%d", os.Getpid(), b.made)
	if _, err := admin.Pool.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		admin.Close()
		return nil, nil, err
	}
	db, err := openMigrated(ctx, withDatabase(b.admin, name), connections)
	if err != nil {
		admin.Close()
		return nil, nil, err
	}
	return db, func() {
		db.Close()
		_, _ = admin.Pool.Exec(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
		admin.Close()
	}, nil
}

func openMigrated(ctx context.Context, dsn string, connections int32) (*store.DB, error) {
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: connections})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	return db, store.NewPartitions(db).Ensure(ctx, time.Now(), 2)
}

func withDatabase(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return strings.TrimSpace(dsn) + " dbname=" + name
	}
	u.Path = "/" + name
	return u.String()
}
