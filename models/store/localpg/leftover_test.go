package localpg_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"throughline/models/store/localpg"
)

// inData runs a program as the cluster's user in its directory, which a path
// may not lead that user to, and which the program finds open as its file 3.
func inData(t *testing.T, data, program string, args ...string) *exec.Cmd {
	t.Helper()
	dir, err := os.Open(data)
	must(t, err)
	defer dir.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir = "/dev/fd/" + strconv.Itoa(int(dir.Fd()))
	cmd.ExtraFiles = []*os.File{dir}
	if st := owner(t, data); os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: st.Uid, Gid: st.Gid}}
	}
	must(t, cmd.Start())
	return cmd
}

func TestKilledParent(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		c, dsn := start(t, u, dir)
		exec1(t, dsn, "CREATE TABLE kept AS SELECT 'yes' AS v")
		idle := connect(t, dsn)
		_, err := idle.Exec(t.Context(), "BEGIN")
		must(t, err)
		old := serverPID(t, dir)
		c.kill()
		_, dsn = start(t, u, dir)
		if alive(old) {
			t.Error("the killed supervisor's server still lives")
		}
		if got := value(t, dsn, "SELECT v FROM kept"); got != "yes" {
			t.Errorf("kept value is %q", got)
		}
	})
}

func TestKilledParentAndServer(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		c, dsn := start(t, u, dir)
		exec1(t, dsn, "CREATE TABLE kept AS SELECT 'yes' AS v")
		connect(t, dsn) // a backend that outlives the postmaster for a moment
		pid := serverPID(t, dir)
		must(t, c.cmd.Process.Signal(syscall.SIGSTOP)) // or it would start the server again
		must(t, syscall.Kill(pid, syscall.SIGKILL))
		c.kill()
		_, dsn = start(t, u, dir)
		if got := value(t, dsn, "SELECT v FROM kept"); got != "yes" {
			t.Errorf("kept value is %q", got)
		}
	})
}

func TestKilledDuringInitdb(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		c := launch(t, u, dir)
		unfinished := filepath.Join(dir, "initdb-*")
		eventually(t, "initdb at work", func() bool {
			found, err := filepath.Glob(filepath.Join(unfinished, "PG_VERSION"))
			return err == nil && len(found) == 1
		})
		c.kill()
		if _, err := os.Stat(filepath.Join(dir, "data")); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("a half-made cluster has the name of a whole one: %v", err)
		}
		_, dsn := start(t, u, dir)
		if got := value(t, dsn, "SELECT 'works'"); got != "works" {
			t.Errorf("got %q", got)
		}
		if found, err := filepath.Glob(unfinished); err != nil || len(found) != 0 {
			t.Errorf("unfinished clusters are left: %v %v", found, err)
		}
	})
}

// The pid in a stale file may be anyone's, even of the same user and at work in
// the cluster's directory. Postgres itself would refuse to start.
func TestForeignProcessBehindStalePidFile(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		data := filepath.Join(dir, "data")
		foreign := inData(t, data, "sleep", "600")
		t.Cleanup(func() { _ = foreign.Process.Kill(); _ = foreign.Wait() })
		stale := strconv.Itoa(foreign.Process.Pid) + "\n" + data + "\n1\n5432\n/tmp\n\n  1 1\nready   \n"
		must(t, os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(stale), 0o600))

		start(t, u, dir)
		if serverPID(t, dir) == foreign.Process.Pid {
			t.Error("the foreign process passes for the server")
		}
		if !alive(foreign.Process.Pid) {
			t.Error("the foreign process was ended")
		}
	})
}

// A server without a tie to its dead supervisor, as on systems that have none,
// with its sockets.
func TestLeftoverServerIsEnded(t *testing.T) {
	t.Parallel()
	eachUser(t, func(t *testing.T, u user, dir string) {
		plant(t, u, dir)
		c, dsn := start(t, u, dir)
		cfg, err := pgx.ParseConfig(dsn)
		must(t, err)
		c.end()
		data := filepath.Join(dir, "data")
		must(t, os.Mkdir(cfg.Host, 0o700))
		must(t, os.Chown(cfg.Host, int(owner(t, data).Uid), -1))
		bin, err := localpg.Find(t.Context(), "")
		must(t, err)
		orphan := inData(t, data, bin.Path("postgres"), "-D", "/dev/fd/3", "-k", cfg.Host, "-c", "listen_addresses=")
		ended := make(chan struct{})
		go func() { defer close(ended); _ = orphan.Wait() }()
		eventually(t, "the orphan is ready", func() bool {
			text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
			return err == nil && strings.Contains(string(text), "ready ")
		})

		_, dsn = start(t, u, dir)
		<-ended
		if got := value(t, dsn, "SELECT 'works'"); got != "works" {
			t.Errorf("got %q", got)
		}
	})
}
