package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Files in the directory of the shared server. The server program knows the
// first two by the same names.
const (
	usersFile   = "users"   // each user holds it shared; who gets it exclusively knows that there is none
	addressFile = "address" // the server's DSN, while it runs
	startFile   = "start"   // held by who starts the server
)

const (
	// memory is Linux's file system in memory. A database has eight hundred files,
	// which come and go with each test: on a disk they take longer than most tests.
	memory = "/dev/shm"
	// memoryRoom is many times what all the databases of a run take at once.
	memoryRoom = 4 << 30 // bytes
)

// linger is how long the server outlives its last user, to bridge the gap
// between two packages' tests.
const linger = 3 * time.Second

// sharedServer returns the address of the server of all tests, held for as long
// as the test lasts.
func sharedServer(ctx context.Context, t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv(ServerVariable); dsn != "" {
		return dsn
	}
	// The user's and of one shape of the protocol between the processes.
	base := filepath.Join(os.TempDir(), fmt.Sprintf("throughline-storetest-1-%d", os.Geteuid()))
	dsn, release, err := join(ctx, base, linger)
	if err != nil {
		t.Fatalf("share the test server in %s: %v", base, err)
	}
	t.Cleanup(release)
	return dsn
}

// join returns the address of the server in base, started when there is none.
// It runs at least until release is called or this process ends, however it ends.
func join(ctx context.Context, base string, linger time.Duration) (dsn string, release func(), err error) {
	if err := ownDir(base); err != nil {
		return "", nil, err
	}
	users, err := lock(filepath.Join(base, usersFile), syscall.LOCK_SH)
	if err != nil {
		return "", nil, err
	}
	dsn, err = reach(ctx, base, linger)
	if err != nil {
		return "", nil, errors.Join(err, users.Close())
	}
	return dsn, func() { _ = users.Close() }, nil
}

// clusterDir returns where the server of base keeps its databases: in memory, if
// the cluster of an earlier run is there or this machine has the room.
func clusterDir(base string) string {
	dir := filepath.Join(memory, fmt.Sprintf("throughline-storetest-%.8x", sha256.Sum256([]byte(base))))
	_, made := os.Stat(dir)
	var fs syscall.Statfs_t
	if syscall.Statfs(memory, &fs) != nil || made != nil && fs.Bavail*uint64(fs.Bsize) < memoryRoom || ownDir(dir) != nil {
		return filepath.Join(base, "postgres")
	}
	return dir
}

// ownDir makes base, or refuses one that somebody else put there. Others may
// pass through it: the server of a test by root runs as another user.
func ownDir(base string) error {
	if err := os.Mkdir(base, 0o711); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(base)
	if err != nil {
		return err
	}
	if st := info.Sys().(*syscall.Stat_t); !info.IsDir() || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 { //nolint:forcetypeassert // what these systems return
		return fmt.Errorf("%s is not a directory of this user alone: remove it", base)
	}
	return nil
}

// lock waits for the lock on path, which ends with the file or the process.
func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func reach(ctx context.Context, base string, linger time.Duration) (string, error) {
	if dsn, ok := address(ctx, base); ok {
		return dsn, nil
	}
	starting, err := lock(filepath.Join(base, startFile), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer starting.Close()
	if dsn, ok := address(ctx, base); ok {
		return dsn, nil
	}
	if err := launch(ctx, base, linger); err != nil {
		return "", err
	}
	dsn, ok := address(ctx, base)
	if !ok {
		return "", errors.New("the server has started and does not answer")
	}
	return dsn, sweep(ctx, dsn)
}

// address returns the running server's DSN.
func address(ctx context.Context, base string) (string, bool) {
	text, err := os.ReadFile(filepath.Join(base, addressFile))
	if err != nil {
		return "", false
	}
	cfg, err := pgx.ParseConfig(string(text))
	if err != nil {
		return "", false
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(cfg.Host, fmt.Sprintf(".s.PGSQL.%d", cfg.Port)))
	if err != nil {
		return "", false
	}
	return string(text), conn.Close() == nil
}

// launch builds the server program and starts it as a process of its own, since
// none of the tests' processes lasts as long as the server must.
func launch(ctx context.Context, base string, linger time.Duration) error {
	program := filepath.Join(base, "server")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "throughline/models/store/storetest/server")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server program: %w: %s", err, out)
	}
	log, err := os.Create(filepath.Join(base, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program, base, clusterDir(base), linger.String()) //nolint:noctx // it outlives this test program
	cmd.Dir = base
	cmd.Stderr = log // not our own, or `go test` waits for the server
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var complaint bytes.Buffer
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, err = complaint.ReadFrom(out) // ends when the server is ready or dead
	go func() { _ = cmd.Wait() }()   // reaps it should it end before us
	if complaint.Len() > 0 {
		err = errors.Join(err, errors.New(strings.TrimSpace(complaint.String())))
	}
	return err
}

// sweep drops the databases that killed tests of earlier runs have left. It is
// called before the server's address is known to anyone else's test.
func sweep(ctx context.Context, admin string) error {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", clonePrefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}
