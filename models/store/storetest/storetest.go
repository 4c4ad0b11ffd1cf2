// Package storetest gives tests real databases, in memory where the machine has
// the room. Each test gets its own, cloned from a migrated template in some
// milliseconds, on one private Postgres that all packages of a `go test` run
// share and that ends a few seconds after them.
//
// THROUGHLINE_TEST_DATABASE_URL names another server to use instead, with a user
// that may create databases.
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models/store"
)

const (
	// ServerVariable is the environment variable that names a server to test on.
	ServerVariable = "THROUGHLINE_TEST_DATABASE_URL"

	patience = 2 * time.Minute // for a step that waits for a server or a lock, on a busy machine
	poolSize = 8               // connections a test's database may take
)

// New returns a fresh, migrated database that lives as long as the test.
func New(t testing.TB) *store.DB {
	t.Helper()
	return open(t, DSN(t))
}

// DSN returns the address of a fresh, migrated database that lives as long as
// the test, for programs that open it themselves.
func DSN(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	admin := sharedServer(ctx, t)
	dsn, err := clone(ctx, admin)
	if err != nil {
		t.Fatalf("make a test database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := drop(ctx, admin, dsn); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return dsn
}

func open(t testing.TB, dsn string) *store.DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: poolSize})
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// clone copies the template, made first when there is none, on the server of
// the address admin, and returns the copy's address.
func clone(ctx context.Context, admin string) (string, error) {
	template, err := ensureTemplate(ctx, admin)
	if err != nil {
		return "", err
	}
	name := clonePrefix + strings.ToLower(rand.Text()[:12])
	// Copied as files it takes half the time that it takes through the write-ahead log.
	if err := execute(ctx, admin, "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY file_copy"); err != nil {
		return "", err
	}
	return withDatabase(admin, name)
}

func drop(ctx context.Context, admin, dsn string) error {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	return execute(ctx, admin, "DROP DATABASE IF EXISTS "+cfg.Database+" WITH (FORCE)")
}

func execute(ctx context.Context, dsn string, statements ...string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// withDatabase returns dsn, a URL, with another database's name.
func withDatabase(dsn, database string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("the address of the test server must be a URL: %w", err)
	}
	u.Path = "/" + database
	return u.String(), nil
}
