// Package e2e tests the whole program from outside: the real binary, its own
// Postgres, the demo's systems as processes, a browser.
package e2e

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/e2e/program"
)

func TestMain(m *testing.M) { program.Main(m) }

func TestSignalsStopTheDemoCleanly(t *testing.T) {
	w := program.New(t)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		w.Start("demo", "--day", "20s")
		began := time.Now()
		w.Signal(sig)
		if err := w.Wait(); err != nil {
			t.Errorf("after %s it ended with %v:\n%s", sig, err, w.Output())
		}
		// The program gives itself 5 s; the rest is a busy machine's.
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("after %s it took %s to stop", sig, took)
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

func TestTowerHealsWhenPostgresRestarts(t *testing.T) {
	w := program.New(t)
	w.Start("serve")
	ready := func() bool {
		res, err := http.Get(w.URL() + "/readyz") //nolint:noctx // bounded by the server
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	}
	if !ready() {
		t.Fatal("it is not ready after its start")
	}
	w.KillPostgres()
	program.Eventually(t, "the tower to be ready again", ready)
}
