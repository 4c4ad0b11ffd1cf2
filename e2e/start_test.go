// Package e2e tests the whole program from outside: the real binary, its own
// Postgres, the demo's systems as processes, a browser.
package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"throughline/e2e/program"
)

func TestMain(m *testing.M) { program.Main(m) }

// TestSignalsStopTheDemoCleanly stops the demo as an operator does, and as
// Ctrl-C does, which signals the whole group. A part of the tower that does not
// stop within its share of the time ends it with an error; Postgres alone may be
// stopped at once, with a warning, and recovers at its next start.
func TestSignalsStopTheDemoCleanly(t *testing.T) {
	w := program.New(t)
	for _, stop := range []struct {
		name string
		send func(syscall.Signal)
		sig  syscall.Signal
	}{{"SIGTERM", w.Signal, syscall.SIGTERM}, {"Ctrl-C", w.SignalGroup, syscall.SIGINT}} {
		w.Start("demo", "--day", "20s", "--no-faults")
		stop.send(stop.sig)
		if err := w.Wait(); err != nil {
			t.Errorf("after %s it ended with %v:\n%s", stop.name, err, w.Output())
		}
		_, last, told := strings.Cut(w.Output(), "Stopping…")
		if !told {
			t.Errorf("after %s it did not say that it stops:\n%s", stop.name, w.Output())
		}
		for line := range strings.Lines(strings.TrimSpace(last)) {
			if !strings.Contains(line, "Postgres had to be stopped at once") {
				t.Errorf("after %s it did not stop silently: %s", stop.name, line)
			}
		}
	}
}

func TestCommandsWorkBesideARunningTower(t *testing.T) {
	w := program.New(t)
	w.Start("serve")
	password := w.MustRun("user", "add", "ann", "--role", "it")
	if len(password) != 17 {
		t.Errorf("user add printed %q, want the password alone", password)
	}
	if _, stderr, err := w.Run("user", "add", "ann", "--role", "it"); err == nil || stderr == "" {
		t.Errorf("a second account of the name was made: %v %q", err, stderr)
	}
	if again := w.MustRun("user", "password", "ann"); again == password {
		t.Error("the new password is the old one")
	}
	if _, stderr, err := w.Run("demo", "--reset"); err == nil {
		t.Errorf("a running tower was reset: %s", stderr)
	}
	if _, stderr, err := w.Run("key", "add", "--source", "wms", "--interval=-5s"); err == nil || !strings.Contains(stderr, "at least a second") {
		t.Errorf("a key was made for a time that cannot be: %v %s", err, stderr)
	}
	if _, stderr, err := w.Run("key", "add", "--source", "wms"); err == nil || !strings.Contains(stderr, "--interval TIME") {
		t.Errorf("a key was made for a source whose silence nothing would tell: %v %s", err, stderr)
	}
	if list := w.MustRun("key", "list"); strings.Contains(list, "wms") {
		t.Errorf("a key whose secret nobody knows was kept:\n%s", list)
	}
}

// TestTheDemoKeepsOffATowersData starts the demo, and resets it, where a tower has
// served: whoever mistypes a directory must lose nothing, nor let everybody in.
func TestTheDemoKeepsOffATowersData(t *testing.T) {
	w := program.New(t)
	w.Start("serve")
	w.Signal(syscall.SIGTERM)
	if err := w.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{{[]string{"demo"}, "data of a tower that serves"}, {[]string{"demo", "--reset"}, "--reset would throw it away"}} {
		if _, stderr, err := w.Run(c.args...); err == nil || !strings.Contains(stderr, c.says) {
			t.Errorf("%v: %v\n%s", c.args, err, stderr)
		}
	}
	w.Start("serve")
	if list := w.MustRun("key", "list"); strings.Contains(list, "erp") {
		t.Errorf("the demo left its keys:\n%s", list)
	}
}

func TestABackupOfNothingIsRefused(t *testing.T) {
	w := program.New(t)
	file := filepath.Join(t.TempDir(), "backup")
	if _, stderr, err := w.Run("backup", file); err == nil || !strings.Contains(stderr, "no tower's data") {
		t.Errorf("%v: %s", err, stderr)
	}
	for _, made := range []string{file, w.Data} {
		if _, err := os.Stat(made); err == nil {
			t.Errorf("%s was made", made)
		}
	}
}

// TestCommandsWaitForATowerThatStarts runs what the README shows: a key is made
// while the tower is still starting for the first time.
func TestCommandsWaitForATowerThatStarts(t *testing.T) {
	w := program.New(t)
	w.Launch("serve")
	if key := strings.TrimSpace(w.MustRun("key", "add", "--source", "erp", "--no-interval", "a test")); len(strings.Fields(key)) != 1 {
		t.Errorf("key add printed %q, want the key alone", key)
	}
	if w.URL() == "" {
		t.Fatalf("the tower did not start beside the command:\n%s", w.Output())
	}
}

func TestOldBinaryRefusesNewerSchema(t *testing.T) {
	w := program.New(t)
	w.Start("serve")
	conn, err := pgx.Connect(t.Context(), w.DSN())
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Kill()
	w.Launch("serve")
	if w.URL() != "" {
		t.Fatal("it serves a schema that it does not know")
	}
	if err := w.Wait(); err == nil {
		t.Fatal("it ended as if all were well")
	}
	if said := w.Output(); !strings.Contains(said, "this binary knows") || !strings.Contains(said, "start a newer throughline") {
		t.Errorf("it does not say what to do: %s", said)
	}
}
