package store

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// IsUnavailable says that err tells of the database's state and not of the
// data: down, restarting, out of connections or disk, too slow, or a deadlock
// that another try resolves. What it covers is retried, never parked.
func IsUnavailable(err error) bool {
	if err == nil {
		return false
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return transientState(refused.Code)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, pgx.ErrTxClosed) || errors.Is(err, pgx.ErrTxCommitRollback) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "closed pool")
}

// transientState knows the SQLSTATE classes connection exception (08),
// insufficient resources (53), operator intervention (57), system error (58),
// transaction rollback (40), and lock not available.
func transientState(code string) bool {
	switch {
	case len(code) < 2:
		return false
	case code == "55P03":
		return true
	}
	switch code[:2] {
	case "08", "40", "53", "57", "58":
		return true
	}
	return false
}

// IsDataFault says that a row is to blame and not the statement or the
// database: another try of the same rows fails again, and the others pass
// without it. An error that Postgres did not make arose from the rows on their
// way there.
func IsDataFault(err error) bool {
	if err == nil || IsUnavailable(err) {
		return false
	}
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return true
	}
	switch refused.Code[:min(2, len(refused.Code))] {
	case "21", "22", "23", "44", "54", "P0": // cardinality, data, integrity, check option, program limit, raised
		return true
	}
	return false
}
