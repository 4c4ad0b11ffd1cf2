package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// routeLock is the class of the advisory locks on subscriptions.
const routeLock = 0x746c72 // "tlr"

// lockLimit bounds each word with the server about a lock.
const lockLimit = 5 * time.Second

// routeLocks are the subscriptions that this process alone delivers to. They
// hang on a connection of their own: when the process dies, or loses the
// server, the server gives them to the next who asks.
type routeLocks struct {
	mu   sync.Mutex
	conn *pgx.Conn
	held map[string]bool
}

// Take makes this process the one that delivers to a subscription; false says
// that another one does.
func (r *Routes) Take(ctx context.Context, subscription string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	l := &r.locks
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[subscription] {
		return true, nil
	}
	if l.conn == nil {
		conn, err := pgx.ConnectConfig(ctx, r.db.Pool.Config().ConnConfig)
		if err != nil {
			return false, fmt.Errorf("connect to lock subscriptions: %w", err)
		}
		l.conn, l.held = conn, map[string]bool{}
	}
	var got bool
	if err := l.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, hashtext($2))`, routeLock, subscription).Scan(&got); err != nil {
		l.drop()
		return false, fmt.Errorf("lock the subscription %s: %w", subscription, err)
	}
	if got {
		l.held[subscription] = true
	}
	return got, nil
}

// Holds asks the server whether this process still is the one that delivers to
// a subscription.
func (r *Routes) Holds(ctx context.Context, subscription string) bool {
	ctx, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	l := &r.locks
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.held[subscription] {
		return false
	}
	if err := l.conn.Ping(ctx); err != nil {
		l.drop()
		return false
	}
	return true
}

// Release lets other processes deliver.
func (r *Routes) Release() {
	r.locks.mu.Lock()
	defer r.locks.mu.Unlock()
	r.locks.drop()
}

// drop forgets the locks; the server frees them with the connection.
func (l *routeLocks) drop() {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockLimit)
	defer cancel()
	_ = l.conn.Close(ctx)
	l.conn, l.held = nil, nil
}
