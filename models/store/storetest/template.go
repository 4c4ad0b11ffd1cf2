package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"throughline/migrations"
	"throughline/models/store"
)

const (
	clonePrefix    = "throughline_test_"
	templatePrefix = "throughline_template_"
)

// templateName follows from the migrations' text: another schema is another
// template.
func templateName() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations.FS, path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	return fmt.Sprintf("%s%x", templatePrefix, sum.Sum(nil)[:8]), nil
}

// ensureTemplate returns the name of the migrated template on admin's server.
// Processes that want it at once wait for the one that makes it.
func ensureTemplate(ctx context.Context, admin string) (string, error) {
	name, err := templateName()
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // and gives the lock back
	made, err := isTemplate(ctx, conn, name)
	if err != nil || made {
		return name, err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name); err != nil {
		return "", err
	}
	if made, err = isTemplate(ctx, conn, name); err != nil || made {
		return name, err
	}
	return name, makeTemplate(ctx, conn, admin, name)
}

// isTemplate looks for the mark that makeTemplate sets last.
func isTemplate(ctx context.Context, conn *pgx.Conn, name string) (bool, error) {
	var made bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&made)
	return made, err
}

func makeTemplate(ctx context.Context, conn *pgx.Conn, admin, name string) error {
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name + " TEMPLATE template0"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	if err := migrate(ctx, admin, name); err != nil {
		return err
	}
	// A template that nobody can connect to is never busy when it is copied.
	_, err := conn.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true ALLOW_CONNECTIONS false")
	return err
}

func migrate(ctx context.Context, admin, name string) error {
	dsn, err := withDatabase(admin, name)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Migrate(ctx)
}
