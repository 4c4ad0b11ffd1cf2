package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/workflow"
)

// childAct is what a person does in a process that may be killed.
const childAct = "WORKFLOW_CHILD_ACT"

// act is an act of a person as it is handed to the process.
type act struct {
	Decide *models.Decision
	Pause  *models.Pause
	Change *models.ExceptionChange
}

func (a act) do(ctx context.Context, db *store.DB, now time.Time) (err error) {
	switch {
	case a.Decide != nil:
		var flow *workflow.Workflow
		if flow, err = workflow.New(workflow.Config{Store: store.NewWorkflow(db), Engine: &engine{}, Now: func() time.Time { return now }}); err == nil {
			_, err = flow.Decide(ctx, *a.Decide)
		}
	case a.Pause != nil:
		err = store.NewPauses(db).Pause(ctx, *a.Pause)
	case a.Change != nil:
		_, err = store.NewExceptions(db).Change(ctx, *a.Change)
	}
	return err
}

// TestAPersonsActAndItsAuditRowStandOrFallTogether kills the process of an
// approval, a pause and a word on an exception at each table that it writes:
// behind the row and before the commit. Afterwards nothing of the act is there,
// neither its effect nor its audit row; done again it is there once.
func TestAPersonsActAndItsAuditRowStandOrFallTogether(t *testing.T) {
	dsn := storetest.DSN(t)
	w := newWorldOn(t, dsn)
	w.exec(`CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$`)
	w.exec(`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('BIZ-03', 'procurement', 'business', 'k', 't', 'h', 'new', 'P2', 'C2', 'w', now(), now(), now(), now())`)
	decision := approval(w.waiting("R-1"), "ana")
	for _, c := range []struct {
		name   string
		act    act
		tables []string
		effect string
		audit  string
	}{
		{
			"an approval", act{Decide: &decision}, []string{"proposals", "decisions", "erp_writes", "audit"},
			`SELECT count(*) FROM proposals p JOIN decisions d USING (recommendation) JOIN erp_writes w USING (recommendation) WHERE p.state = 'approved'`,
			`SELECT count(*) FROM audit WHERE subject = 'recommendation:R-1'`,
		},
		{
			"a pause", act{Pause: &models.Pause{Kind: models.PauseSource, Name: "erp", Reason: "works", Actor: "ivy", Since: w.clock.Now()}}, []string{"pauses", "audit"},
			`SELECT count(*) FROM pauses`, `SELECT count(*) FROM audit WHERE subject = 'source:erp'`,
		},
		{
			"an exception taken note of", act{Change: &models.ExceptionChange{ID: 1, Version: 1, Action: models.ActionAcknowledge, Actor: "ben"}}, []string{"exceptions", "exception_notes", "audit"},
			`SELECT count(*) FROM exceptions WHERE state = 'acknowledged'`, `SELECT count(*) FROM audit WHERE subject = 'exception:1'`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			for _, table := range c.tables {
				w.killedAt(dsn, table, c.act)
				if effect, audit := w.text(c.effect), w.text(c.audit); effect != "0" || audit != "0" {
					t.Errorf("killed at %s: %s effects and %s audit rows stand", table, effect, audit)
				}
			}
			if output, err := w.person(dsn, c.act).CombinedOutput(); err != nil {
				t.Fatalf("done again: %v\n%s", err, output)
			}
			if effect, audit := w.text(c.effect), w.text(c.audit); effect != "1" || audit != "1" {
				t.Errorf("done again: %s effects and %s audit rows stand, want one of each", effect, audit)
			}
		})
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

// killedAt lets a person's process run until it has written to a table, which a
// trigger holds it at, and kills it there.
func (w *world) killedAt(dsn, table string, a act) {
	w.t.Helper()
	holder, err := w.db.Pool.Acquire(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	defer holder.Release()
	w.exec(`CREATE TRIGGER stop AFTER INSERT OR UPDATE ON ` + table + ` FOR EACH STATEMENT EXECUTE FUNCTION stop_here()`)
	w.holding(holder.Conn(), `SELECT pg_advisory_lock(4711)`)
	child := w.person(dsn, a)
	if err := child.Start(); err != nil {
		w.t.Fatal(err)
	}
	const waiting = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted`
	storetest.Eventually(w.t, "the process to stand at "+table, func() bool { return w.text(waiting) == "1" })
	if err := child.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		w.t.Fatalf("killed at %s: the process ended well", table)
	}
	w.holding(holder.Conn(), `SELECT pg_advisory_unlock(4711)`)
	storetest.Eventually(w.t, "its connection to be gone", func() bool {
		return w.text(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711`) == "0"
	})
	w.exec(`DROP TRIGGER stop ON ` + table) // waits for what the dead process still holds
}

func (w *world) holding(conn *pgx.Conn, sql string) {
	w.t.Helper()
	if _, err := conn.Exec(w.t.Context(), sql); err != nil {
		w.t.Fatal(err)
	}
}

// actAs is the life of a person's process.
func actAs(ctx context.Context, db *store.DB, now time.Time) error {
	var a act
	if err := json.Unmarshal([]byte(os.Getenv(childAct)), &a); err != nil {
		return fmt.Errorf("read the act: %w", err)
	}
	if err := a.do(ctx, db, now); err != nil {
		return errors.Join(errors.New("act"), err)
	}
	return nil
}
