package storetest

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"

	"throughline/models/store"
)

// stops makes a step of every statement that writes, whatever table it writes
// to: the one with the number that stop_at has waits, behind its rows and before
// the commit, for a lock that the test holds. Numbers are of a sequence, so that
// a transaction that is rolled back does not give them back.
const stops = `
	CREATE SEQUENCE stop_steps;
	CREATE TABLE stop_at AS SELECT 0::bigint AS step;
	CREATE FUNCTION stop_step() RETURNS void LANGUAGE plpgsql SET lock_timeout = 0 AS $$ BEGIN
		IF nextval('stop_steps') = (SELECT step FROM stop_at) THEN PERFORM pg_advisory_xact_lock(4711); END IF;
	END $$;
	CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		PERFORM stop_step();
		RETURN NULL;
	END $$;
	DO $$ DECLARE written regclass; BEGIN
		FOR written IN SELECT oid FROM pg_class
			WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'stop_at' LOOP
			EXECUTE format('CREATE TRIGGER stop AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION stop_here()', written);
		END LOOP;
	END $$`

// stopsAtTables makes a step of what changes tables, too.
const stopsAtTables = `
	CREATE FUNCTION stop_at_table() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM stop_step(); END $$;
	CREATE EVENT TRIGGER stop ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'DROP TABLE') EXECUTE FUNCTION stop_at_table()`

// NeverStops is the step of a process that runs to its end.
const NeverStops = 0

// Stops kills processes at a statement with which they write.
type Stops struct{ db *store.DB }

// StopAtWrites makes a step of every statement that writes to the database from
// now on. The test must not write beside a process that Kill runs: its own
// statements are counted too.
func StopAtWrites(t testing.TB, db *store.DB) *Stops {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), stops); err != nil {
		t.Fatal(err)
	}
	return &Stops{db: db}
}

// AtTables makes a step of every statement that makes, alters or drops a table
// too. It takes the rights of a superuser.
func (s *Stops) AtTables(t testing.TB) {
	t.Helper()
	if _, err := s.db.Pool.Exec(t.Context(), stopsAtTables); err != nil {
		t.Fatal(err)
	}
}

// KillAtEach gives a process one life after another: each is killed a statement
// later than the one before, the last comes to its end. After each kill look
// checks what stands and returns how far the work has come; when it has come
// further, the next life is killed at its first statement again, so that no
// statement is passed over. It returns how many lives were killed.
func (s *Stops) KillAtEach(t testing.TB, life func() *exec.Cmd, look func(step int) string) (kills int) {
	t.Helper()
	reached := ""
	for step := 1; s.Kill(t, step, life()); step++ {
		kills++
		if now := look(step); now != reached {
			reached, step = now, 0
		}
	}
	return kills
}

// Kill lets a process run until it stands at a step, counted from 1, and kills
// it there. It reports false when the process came to its end before.
func (s *Stops) Kill(t testing.TB, step int, process *exec.Cmd) bool {
	t.Helper()
	holder, err := s.db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Release()
	hold := func(sql string, args ...any) {
		t.Helper()
		if _, err := holder.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	hold(`UPDATE stop_at SET step = $1`, step)
	hold(`ALTER SEQUENCE stop_steps RESTART`)
	hold(`SELECT pg_advisory_lock(4711)`)
	var said bytes.Buffer
	process.Stdout, process.Stderr = &said, &said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{}, 1)
	go func() {
		_ = process.Wait() // it was killed or says why not
		ended <- struct{}{}
	}()
	stands := false
	Eventually(t, fmt.Sprintf("the process to stand at statement %d or to end", step), func() bool {
		stands = s.locks(t, `AND NOT granted`) == 1
		return stands || len(ended) > 0
	})
	_ = process.Process.Kill() // it may have ended
	<-ended
	if said.Len() > 0 {
		t.Logf("at statement %d the process says: %s", step, said.String())
	}
	// A transaction that was sent whole would go on to its commit without the one who sent it.
	hold(`SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database
		WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted AND d.datname = current_database()`)
	hold(`SELECT pg_advisory_unlock(4711)`)
	Eventually(t, "its connection to be gone", func() bool { return s.locks(t, "") == 0 })
	return stands
}

// locks counts those who have or want the lock that stops a process.
func (s *Stops) locks(t testing.TB, which string) (n int) {
	t.Helper()
	err := s.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
		WHERE locktype = 'advisory' AND objid = 4711 AND d.datname = current_database() `+which).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
