package localpg_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"throughline/models/store/localpg"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec1(t *testing.T, dsn, sql string) {
	t.Helper()
	conn := connect(t, dsn)
	_, err := conn.Exec(t.Context(), sql)
	must(t, err)
	must(t, conn.Close(t.Context()))
}

func value(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn := connect(t, dsn)
	var v string
	must(t, conn.QueryRow(t.Context(), sql).Scan(&v))
	must(t, conn.Close(t.Context()))
	return v
}

// serverPID reads the server's own statement, for tests that know it to be true.
func serverPID(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	must(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	must(t, err)
	return pid
}

func owner(t *testing.T, path string) *syscall.Stat_t {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Sys().(*syscall.Stat_t)
}

func TestServesAndKeepsItsData(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		c, dsn := start(t, u, dir)
		exec1(t, dsn, "CREATE TABLE kept AS SELECT 'yes' AS v")
		for setting, want := range map[string]string{
			"data_checksums": "on", "listen_addresses": "", "timezone": "UTC", "server_encoding": "UTF8",
		} {
			if got := value(t, dsn, "SELECT current_setting('"+setting+"')"); got != want {
				t.Errorf("%s is %q, want %q", setting, got, want)
			}
		}
		data := filepath.Join(dir, "data")
		info, err := os.Stat(data)
		must(t, err)
		if info.Mode().Perm() != 0o700 || owner(t, data).Uid == 0 {
			t.Errorf("the cluster has mode %v and owner %d, want 0700 and not root", info.Mode().Perm(), owner(t, data).Uid)
		}
		pid := serverPID(t, dir)
		c.end()
		if alive(pid) {
			t.Error("the server outlives its supervisor's good end")
		}
		_, dsn = start(t, u, dir)
		if got := value(t, dsn, "SELECT v FROM kept"); got != "yes" {
			t.Errorf("kept value is %q", got)
		}
	})
}

func TestSocketIsPrivateAndGoesWithTheServer(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		c, dsn := start(t, u, dir)
		cfg, err := pgx.ParseConfig(dsn)
		must(t, err)
		info, err := os.Stat(cfg.Host)
		must(t, err)
		if info.Mode().Perm() != 0o700 || len(cfg.Host) > 80 {
			t.Errorf("socket directory %s has mode %v", cfg.Host, info.Mode().Perm())
		}
		c.end()
		if _, err := os.Stat(cfg.Host); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket's directory is left behind: %v", err)
		}
	})
}

func TestSecondSupervisorIsRefused(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		_, dsn := start(t, u, dir)
		word, rest := launch(t, u, dir).says()
		if word != "error" || !strings.Contains(rest, "another process") {
			t.Errorf("the second supervisor says: %s %s", word, rest)
		}
		if got := value(t, dsn, "SELECT 'works'"); got != "works" {
			t.Errorf("got %q", got)
		}
	})
}

func TestDeadServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		_, dsn := start(t, u, dir)
		exec1(t, dsn, "CREATE TABLE kept AS SELECT 'yes' AS v")
		for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGKILL} {
			old := serverPID(t, dir)
			must(t, syscall.Kill(old, signal))
			eventually(t, "the server is back after "+signal.String(), func() bool {
				conn, err := pgx.Connect(t.Context(), dsn)
				if err != nil {
					return false
				}
				defer conn.Close(t.Context())
				return serverPID(t, dir) != old
			})
		}
		if got := value(t, dsn, "SELECT v FROM kept"); got != "yes" {
			t.Errorf("kept value is %q", got)
		}
	})
}

func TestOtherMajorVersionIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		version := filepath.Join(dir, "data", "PG_VERSION")
		written, err := os.ReadFile(version)
		must(t, err)
		must(t, os.WriteFile(version, []byte("9\n"), 0o600))
		word, rest := launch(t, u, dir).says()
		if word != "error" || !strings.Contains(rest, "made by PostgreSQL 9") {
			t.Errorf("the supervisor says: %s %s", word, rest)
		}
		must(t, os.WriteFile(version, written, 0o600))
		start(t, u, dir)
	})
}

func TestFailedStartSaysWhy(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Config{
		Dir: openDir(t), Settings: map[string]string{"fsync": "off", "shared_buffers": "no size"},
	})
	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("error is %v", err)
	}
}

func TestMissingBinariesAreNamed(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: openDir(t), BinDir: t.TempDir()})
	if missing := (*localpg.NotFoundError)(nil); !errors.As(err, &missing) {
		t.Fatalf("error is %v", err)
	}
	if !strings.Contains(err.Error(), "install") {
		t.Errorf("the error does not say what to install: %v", err)
	}
}

func TestReservedSettingIsRefused(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: openDir(t), Settings: map[string]string{"port": "5433"}})
	if err == nil || !strings.Contains(err.Error(), "port") {
		t.Errorf("error is %v", err)
	}
}

func TestCancelledStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := localpg.Start(ctx, localpg.Config{Dir: dir, Settings: map[string]string{"fsync": "off"}})
		failed <- err
	}()
	eventually(t, "initdb at work", func() bool {
		found, err := filepath.Glob(filepath.Join(dir, "initdb-*", "PG_VERSION"))
		return err == nil && len(found) == 1
	})
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 1 || left[0].Name() != "lock" {
		t.Errorf("left behind: %v", left)
	}
}

func TestRunningServerIsFound(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		if _, ok, err := localpg.Running(dir, "postgres"); ok || err != nil {
			t.Errorf("a server is found before it runs: %v %v", ok, err)
		}
		c, want := start(t, u, dir)
		if dsn, ok, err := localpg.Running(dir, "postgres"); dsn != want || !ok || err != nil {
			t.Errorf("found %s %v %v, want %s", dsn, ok, err, want)
		}
		pid := serverPID(t, dir)
		must(t, c.cmd.Process.Signal(syscall.SIGSTOP)) // or it would start the server again
		must(t, syscall.Kill(pid, syscall.SIGKILL))
		c.kill()
		eventually(t, "the killed server is not found", func() bool {
			_, ok, err := localpg.Running(dir, "postgres")
			return !ok && err == nil
		})
		start(t, u, dir) // and tidies up after the killed one
	})
}
