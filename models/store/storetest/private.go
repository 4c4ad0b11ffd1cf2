package storetest

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"throughline/models/store"
	"throughline/models/store/localpg"
)

// PrivateServer is a Postgres that one test has for itself, to stop it, crash
// it and start it again. Its methods fail the test when they cannot do so.
type PrivateServer struct {
	t      testing.TB
	dir    string
	server *localpg.Server // nil while stopped
	dsn    string
}

// Server starts a private server with one migrated database. It takes seconds:
// only tests that disturb the server need their own.
func Server(t testing.TB) *PrivateServer {
	t.Helper()
	s := &PrivateServer{t: t, dir: t.TempDir()}
	t.Cleanup(s.Stop)
	s.Start()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dsn, err := clone(ctx, s.server.DSN("postgres"))
	if err != nil {
		t.Fatalf("make the private server's database: %v", err)
	}
	s.dsn = dsn
	return s
}

// Open returns a pool on the server's database, closed with the test.
func (s *PrivateServer) Open() *store.DB {
	s.t.Helper()
	return open(s.t, s.dsn)
}

// Start starts the stopped server and returns when it accepts connections.
func (s *PrivateServer) Start() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	server, err := localpg.Start(ctx, localpg.Config{
		Dir: s.dir, Settings: map[string]string{"fsync": "off", "shared_buffers": "32MB"},
	})
	if err != nil {
		s.t.Fatalf("start the private server: %v", err)
	}
	s.server = server
}

// Stop shuts the server down, as an operator does: clients are disconnected.
func (s *PrivateServer) Stop() {
	s.t.Helper()
	if s.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), patience)
	defer cancel()
	if err := s.server.Stop(ctx); err != nil {
		s.t.Errorf("stop the private server: %v", err)
	}
	s.server = nil
}

// Crash kills the server as a power cut does, without a wait: connections may
// still answer for a moment, then its supervisor starts it again by itself.
func (s *PrivateServer) Crash() {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		s.t.Fatalf("find the private server: %v", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		s.t.Fatalf("find the private server: %v", err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		s.t.Fatalf("crash the private server: %v", err)
	}
}
