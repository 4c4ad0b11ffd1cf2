package eventlog

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// Environment of a child: what it does, and on which database.
const (
	childMode = "THROUGHLINE_EVENTLOG_CHILD"
	childDSN  = "THROUGHLINE_EVENTLOG_DSN"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		if err := child(mode, os.Getenv(childDSN)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child appends until it is killed, and prints what was acknowledged.
func child(mode, dsn string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	var log Log = store.NewLog(db)
	if mode == "deaf" {
		log = deafLog{log}
	}
	a, err := New(Config{Log: log})
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	if mode != "load" {
		_, err := a.Append(ctx, entries("erp", "one", 3))
		return err
	}
	var printing sync.Mutex
	for sender := range 4 {
		go func() {
			for i := 0; ; i++ {
				list := entries("erp", fmt.Sprintf("%d-%d", sender, i), 5)
				if _, err := a.Append(ctx, list); err != nil {
					return
				}
				printing.Lock()
				for _, e := range list {
					fmt.Println(e.ID)
				}
				printing.Unlock()
			}
		}()
	}
	select {}
}

// deafLog says that it has committed and never returns.
type deafLog struct{ Log }

func (d deafLog) Append(ctx context.Context, lane models.Lane, list []store.Entry) (map[store.Digest]int64, error) {
	if _, err := d.Log.Append(ctx, lane, list); err != nil {
		return nil, err
	}
	fmt.Println("committed")
	select {}
}

type killable struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *bufio.Scanner
}

func startChild(t *testing.T, mode, dsn string) *killable {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childMode+"="+mode, childDSN+"="+dsn)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &killable{t: t, cmd: cmd, stdout: bufio.NewScanner(stdout)}
}

// kill ends the child as the kernel does, and returns the whole lines that it still had printed.
func (k *killable) kill() (lines []string) {
	k.t.Helper()
	if err := k.cmd.Process.Kill(); err != nil {
		k.t.Fatal(err)
	}
	for k.stdout.Scan() {
		lines = append(lines, k.stdout.Text())
	}
	_ = k.cmd.Wait() // its error is the kill
	return lines
}

func openDSN(t *testing.T, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	ensurePartitions(t, db)
	return db
}

// TestKilledBetweenInsertAndCommit holds the child's commit in a deferred
// trigger: nothing of it may stay, and the same events are new afterwards.
func TestKilledBetweenInsertAndCommit(t *testing.T) {
	dsn := storetest.DSN(t)
	db := openDSN(t, dsn)
	const gate = 4242
	if _, err := db.Pool.Exec(t.Context(), `
		CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4242); RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON books_received DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold()`); err != nil {
		t.Fatal(err)
	}
	conn, err := db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), `SELECT pg_advisory_lock($1)`, gate); err != nil {
		t.Fatal(err)
	}
	k := startChild(t, "once", dsn)
	storetest.Eventually(t, "the child waiting in its commit", func() bool {
		return queryInt(t, db, `SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
			WHERE locktype = 'advisory' AND NOT granted AND objid = $1 AND d.datname = current_database()`, gate) == 1
	})
	k.kill()
	// The server notices only when it next speaks to the child: end its session as the system would.
	if _, err := conn.Exec(t.Context(), `
		SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `SELECT pg_advisory_unlock($1)`, gate); err != nil {
		t.Fatal(err)
	}
	a := startAppender(t, Config{Log: store.NewLog(db)})
	for _, o := range mustAppend(t, a, entries("erp", "one", 3)...) {
		if o.Status != models.IntakeAccepted {
			t.Errorf("after an append that never committed its event is %s", o.Status)
		}
	}
	expectStored(t, db, 3)
}

// TestKilledBetweenCommitAndAnswer: the sender never heard, sends again, and
// each event is there once.
func TestKilledBetweenCommitAndAnswer(t *testing.T) {
	dsn := storetest.DSN(t)
	db := openDSN(t, dsn)
	k := startChild(t, "deaf", dsn)
	if !k.stdout.Scan() || k.stdout.Text() != "committed" {
		t.Fatalf("the child did not commit: %q", k.stdout.Text())
	}
	k.kill()
	a := startAppender(t, Config{Log: store.NewLog(db)})
	for _, o := range mustAppend(t, a, entries("erp", "one", 3)...) {
		if o.Status != models.IntakeDuplicate {
			t.Errorf("after an append that committed its event is %s", o.Status)
		}
	}
	expectStored(t, db, 3)
}

// TestAcknowledgedMeansStored kills a child under load, three times.
func TestAcknowledgedMeansStored(t *testing.T) {
	dsn := storetest.DSN(t)
	db := openDSN(t, dsn)
	var acknowledged []string
	for round := range 3 {
		k := startChild(t, "load", dsn)
		for range 40 * (round + 1) {
			if !k.stdout.Scan() {
				t.Fatal("the child ended by itself")
			}
			acknowledged = append(acknowledged, k.stdout.Text())
		}
		acknowledged = append(acknowledged, k.kill()...)
	}
	storetest.Eventually(t, "the server ending the last child's sessions, with what they had been asked for", func() bool {
		return queryInt(t, db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'`) <= int(db.Pool.Stat().TotalConns())
	})
	rows, err := db.Pool.Query(t.Context(), `SELECT event_id FROM events`)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]int{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		stored[id]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, id := range acknowledged {
		if strings.Count(id, "-") == 2 && stored[id] != 1 { // the kill may cut the last line
			t.Errorf("%s was acknowledged and is stored %d times", id, stored[id])
		}
	}
	expectStored(t, db, len(stored))
}

// expectStored holds log, keys and books to the same number.
func expectStored(t *testing.T, db *store.DB, want int) {
	t.Helper()
	for _, sql := range []string{
		`SELECT count(*) FROM events`, `SELECT count(DISTINCT (source, event_id)) FROM events`,
		`SELECT count(*) FROM event_keys`, `SELECT sum(received) FROM books_received`,
	} {
		if n := queryInt(t, db, sql); n != want {
			t.Errorf("%s is %d, want %d", sql, n, want)
		}
	}
}
