package workflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

// childAct is what a person does in a process that is killed.
const childAct = "WORKFLOW_CHILD_ACT"

// stops makes a step of every statement that writes, whatever table it writes
// to: the one with the number that stop_at has waits, behind its rows and before
// the commit, for a lock that the test holds. Numbers are of a sequence, so that
// a transaction that is rolled back does not give them back.
const stops = `
	CREATE SEQUENCE stop_steps;
	CREATE TABLE stop_at AS SELECT 0::bigint AS step;
	CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('stop_steps') = (SELECT step FROM stop_at) THEN PERFORM pg_advisory_xact_lock(4711); END IF;
		RETURN NULL;
	END $$;
	DO $$ DECLARE written regclass; BEGIN
		FOR written IN SELECT oid FROM pg_class
			WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'stop_at' LOOP
			EXECUTE format('CREATE TRIGGER stop AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION stop_here()', written);
		END LOOP;
	END $$`

// TestAPersonsActAndItsAuditRowStandOrFallTogether kills the process of each act
// at every statement that it writes with: nothing of the act is there then,
// neither its effect nor its audit row. Asked for again, and killed between the
// commit and the answer, it is there once. Whoever did not hear and asks once
// more is refused, or told that nothing changes.
func TestAPersonsActAndItsAuditRowStandOrFallTogether(t *testing.T) {
	dsn := storetest.DSN(t)
	w := newWorldOn(t, dsn)
	acts := w.acts()
	w.exec(stops)
	for _, c := range acts {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			const audited = `SELECT count(*) FROM audit`
			before, step := w.text(audited), 1
			for ; w.killedAt(dsn, step, c.act); step++ {
				if effect, audit := w.text(c.effect), w.text(audited); effect != "0" || audit != before {
					t.Errorf("killed at statement %d: %s effects stand, %s audit rows, before there were %s", step, effect, audit, before)
				}
			}
			const stateAndAudit = 2
			if written := step - 1; written < stateAndAudit {
				t.Errorf("the act wrote with %d statements: the kills have shown nothing", written)
			}
			w.wantOnce(c, "done again")
			w.killedAt(dsn, neverStops, c.act)
			w.wantOnce(c, "asked for once more")
		})
	}
}

// neverStops is the step of a process that runs to its end.
const neverStops = 0

func (w *world) wantOnce(c actCase, when string) {
	w.t.Helper()
	if effect, audit := w.text(c.effect), w.text(`SELECT count(*) FROM audit WHERE `+c.audit); effect != "1" || audit != "1" {
		w.t.Errorf("%s: %s effects and %s audit rows stand, want one of each", when, effect, audit)
	}
}

// person is a process in which somebody acts.
func (w *world) person(dsn string, a act) *exec.Cmd {
	w.t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		w.t.Fatal(err)
	}
	child := exec.CommandContext(w.t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDSN+"="+dsn, childAct+"="+string(text), childTime+"="+w.clock.Now().Format(time.RFC3339))
	return child
}

// killedAt lets a person's process run until it stands at a step, and kills it
// there. It reports false when the process came to its end before: it then has
// killed itself after the commit, or was refused.
func (w *world) killedAt(dsn string, step int, a act) bool {
	w.t.Helper()
	holder, err := w.db.Pool.Acquire(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	defer holder.Release()
	hold := func(sql string, args ...any) {
		w.t.Helper()
		if _, err := holder.Exec(w.t.Context(), sql, args...); err != nil {
			w.t.Fatal(err)
		}
	}
	hold(`UPDATE stop_at SET step = $1`, step)
	hold(`ALTER SEQUENCE stop_steps RESTART`)
	hold(`SELECT pg_advisory_lock(4711)`)
	child := w.person(dsn, a)
	var said bytes.Buffer
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	const held = `SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
		WHERE locktype = 'advisory' AND objid = 4711 AND d.datname = current_database()`
	stands := false
	storetest.Eventually(w.t, fmt.Sprintf("the process to stand at statement %d or to end", step), func() bool {
		stands = w.text(held+` AND NOT granted`) == "1"
		return stands || len(ended) > 0
	})
	_ = child.Process.Kill() // it may have ended
	<-ended
	if said.Len() > 0 {
		w.t.Logf("at statement %d the process says: %s", step, said.String())
	}
	hold(`SELECT pg_advisory_unlock(4711)`)
	storetest.Eventually(w.t, "its connection to be gone", func() bool { return w.text(held) == "0" })
	return stands
}

// actAs is the life of a person's process, which dies between the commit and the
// answer where it was not killed before.
func actAs(ctx context.Context, db *store.DB, now time.Time) error {
	var a act
	if err := json.Unmarshal([]byte(os.Getenv(childAct)), &a); err != nil {
		return fmt.Errorf("read the act: %w", err)
	}
	if err := a.do(ctx, db, now); err != nil {
		return errors.Join(errors.New("act"), err)
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
