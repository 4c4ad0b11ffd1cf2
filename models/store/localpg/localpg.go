// Package localpg runs a private Postgres server for one data directory: it
// finds the installed binaries, makes the cluster, starts the server on a Unix
// socket, starts it again when it dies, and takes it down with the process.
//
// The server cannot outlive its supervisor for long: a Linux kernel tells it to
// shut down when the supervising thread dies, and on every system the next
// supervisor ends whatever an earlier one left behind before it starts its own.
package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

const (
	superuser = "throughline"
	port      = "5432" // only a part of the socket's name: no TCP port is opened

	dataName   = "data"    // the cluster, made by a rename of a finished side directory
	sidePrefix = "initdb-" // a cluster in the making
	lockName   = "lock"
)

// Config says which cluster to run and how.
type Config struct {
	Dir      string            // holds the lock, the cluster and nothing else; made when missing
	BinDir   string            // holds initdb and postgres; empty means PG_BIN, then a search
	Logger   *slog.Logger      // nil means silence
	Settings map[string]string // server settings over the defaults, e.g. "shared_buffers": "1GB"
}

// Validate reports what is wrong with c.
func (c Config) Validate() error {
	if c.Dir == "" {
		return errors.New("localpg: Dir is empty")
	}
	for name := range c.Settings {
		if _, reserved := fixedSettings("")[name]; reserved {
			return fmt.Errorf("localpg: the setting %s is the supervisor's own", name)
		}
	}
	return nil
}

// Server is a running private Postgres and its supervisor. Its methods may be
// called from any goroutine.
type Server struct {
	cluster  cluster
	account  account
	bin      Binaries
	sockets  string
	settings map[string]string
	log      *slog.Logger
	lock     *os.File

	started   chan error // one value: how the first start went
	up        atomic.Bool
	stop      context.CancelFunc // fast shutdown
	force     chan struct{}      // closed: immediate shutdown
	forceOnce sync.Once
	done      chan struct{}
}

// Start runs the cluster in cfg.Dir, made first when there is none, and returns
// when it accepts connections. ctx bounds the start only. The errors a caller
// may want to tell apart are *NotFoundError, *VersionError and *LockedError.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s, err := newServer(ctx, cfg)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go s.supervise(running)
	select {
	case err = <-s.started:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		stop()
		<-s.done
		return nil, fmt.Errorf("start the private Postgres in %s: %w", s.cluster.dir, err)
	}
	return s, nil
}

func newServer(ctx context.Context, cfg Config) (_ *Server, err error) {
	cl, err := openCluster(cfg.Dir)
	if err != nil {
		return nil, err
	}
	lock, err := acquire(filepath.Join(cl.dir, lockName))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.Close())
		}
	}()
	acct, err := serverAccount(cl.data)
	if err != nil {
		return nil, err
	}
	major, err := cl.major()
	if err != nil {
		return nil, err
	}
	bin, err := find(ctx, cfg.BinDir, acct, cl.data, major)
	if err != nil {
		return nil, err
	}
	sockets, err := socketDir(cl.dir, acct)
	if err != nil {
		return nil, err
	}
	return &Server{
		cluster: cl, account: acct, bin: bin, sockets: sockets, lock: lock,
		settings: mergeSettings(cfg.Settings, sockets),
		log:      cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler)),
		started:  make(chan error, 1),
		force:    make(chan struct{}),
		done:     make(chan struct{}),
	}, nil
}

// DSN returns the address of a database of this server, as libpq and pgx read
// it. It holds no secret: the socket's directory admits the owner only.
func (s *Server) DSN(database string) string { return address(s.sockets, database) }

func address(sockets, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(superuser), Path: "/" + database,
		RawQuery: url.Values{"host": {sockets}, "port": {port}}.Encode(),
	}
	return u.String()
}

// Stop shuts the server down fast: open transactions are rolled back and a
// checkpoint is written. When ctx ends first the server is told to quit at once
// and recovers at its next start; nothing committed is lost either way.
func (s *Server) Stop(ctx context.Context) error {
	s.stop()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.forceOnce.Do(func() { close(s.force) })
		<-s.done
		return fmt.Errorf("stop the private Postgres: %w", context.Cause(ctx))
	}
}
