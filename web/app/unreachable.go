package app

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"throughline/models"
)

// reachPatience is how long a database may take to answer.
const reachPatience = 10 * time.Second

// reach fails in one sentence when the database does not answer.
func reach(ctx context.Context, dsn string) error {
	ctx, cancel := context.WithTimeout(ctx, reachPatience)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return unreachable(dsn, err)
	}
	return conn.Close(ctx)
}

// unreachable says in one sentence which database could not be opened, why, and
// what to look at. It holds nothing secret of the address.
func unreachable(dsn string, err error) error {
	cfg, parseErr := pgx.ParseConfig(dsn)
	if parseErr != nil {
		return models.Errorf(models.CodeInvalid,
			"DATABASE_URL is not the address of a Postgres: it has the form postgres://USER:PASSWORD@HOST:5432/DATABASE.")
	}
	return models.Errorf(models.CodeUnavailable, "The database %q on %s cannot be opened (%s): see that Postgres runs there and that DATABASE_URL is right.",
		cfg.Database, cfg.Host, root(err))
}

// root is what lies behind an error, in the words of whoever found it first.
func root(err error) string {
	var refused *pgconn.PgError
	var lookup *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &refused):
		return refused.Message
	case errors.As(err, &lookup):
		return lookup.Err
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}
