package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// planned stores a triage of n exceptions of London.
func (d *desk) planned(action models.ExceptionAction, n int) (*store.Triages, int64) {
	d.t.Helper()
	var signals []models.AssessedSignal
	for i := range n {
		signals = append(signals, stockout(fmt.Sprintf("I%02d", i), models.PriorityP3, 10))
	}
	d.sweep(signals...)
	triages := store.NewTriages(d.db)
	id, err := triages.Plan(d.t.Context(), models.TriagePlan{Action: action, Filter: models.ExceptionFilter{DC: "LON"}, Queue: "/exceptions/planning", Actor: "ana"})
	if err != nil {
		d.t.Fatal(err)
	}
	return triages, id
}

func (d *desk) count(sql string, args ...any) (n int) {
	d.t.Helper()
	if err := d.db.Pool.QueryRow(d.t.Context(), sql, args...).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

// TestTwoGoAheadsAtOnceChangeEachExceptionOnce sends the same form twice before
// the first is answered.
func TestTwoGoAheadsAtOnceChangeEachExceptionOnce(t *testing.T) {
	const n = 20
	d := newDesk(t)
	triages, id := d.planned(models.ActionAcknowledge, n)
	order := models.TriageOrder{Actor: "ana", Teams: []models.Team{models.TeamPlanner}}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := triages.Run(t.Context(), id, order); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	run, err := triages.Get(t.Context(), id)
	if err != nil || run.Count(models.TriageDone) != n || run.EndedAt == nil {
		t.Errorf("%d of %d done, %v", run.Count(models.TriageDone), n, err)
	}
	if rows := d.count(`SELECT count(*) FROM audit WHERE action = 'exception.acknowledge'`); rows != n {
		t.Errorf("%d audit rows of exceptions, want %d", rows, n)
	}
	if rows := d.count(`SELECT count(*) FROM audit WHERE action = 'triage.acknowledge'`); rows != 1 {
		t.Errorf("%d audit rows of the triage, want 1", rows)
	}
	if rows := d.count(`SELECT count(*) FROM exception_notes WHERE action = 'acknowledge'`); rows != n {
		t.Errorf("%d notes, want %d", rows, n)
	}
}

// TestAnInterruptedTriageGoesOnAsItBegan leaves two of five as a process does
// that dies between two of them; the second go-ahead names another owner.
func TestAnInterruptedTriageGoesOnAsItBegan(t *testing.T) {
	d := newDesk(t)
	triages, id := d.planned(models.ActionAssign, 5)
	planner := []models.Team{models.TeamPlanner}
	if _, err := triages.Run(t.Context(), id, models.TriageOrder{Actor: "ana", Teams: planner, Owner: "ben", OwnerTeams: planner}); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`UPDATE exceptions SET state = 'new', owner = '', version = 1 WHERE id IN (SELECT id FROM exceptions ORDER BY id LIMIT 2)`,
		`UPDATE triage_items SET outcome = '', left_version = 0 WHERE exception_id IN (SELECT id FROM exceptions WHERE state = 'new')`,
		`UPDATE triages SET ended_at = NULL`,
	} {
		if _, err := d.db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run, err := triages.Run(t.Context(), id, models.TriageOrder{Actor: "ana", Teams: planner, Owner: "cem", OwnerTeams: planner})
	if err != nil || run.Count(models.TriageDone) != 5 || run.EndedAt == nil {
		t.Fatalf("%d done, %v", run.Count(models.TriageDone), err)
	}
	if n := d.count(`SELECT count(*) FROM exceptions WHERE owner = 'ben' AND version = 2`); n != 5 {
		t.Errorf("%d have the first owner and were changed once", n)
	}
}

func TestATriageIsTakenBackOnlyJustAfter(t *testing.T) {
	d := newDesk(t)
	triages, id := d.planned(models.ActionAcknowledge, 2)
	order := models.TriageOrder{Actor: "ana", Teams: []models.Team{models.TeamPlanner}}
	if _, err := triages.Run(t.Context(), id, order); err != nil {
		t.Fatal(err)
	}
	if _, err := triages.Undo(t.Context(), id, "ben"); models.CodeOf(err) != models.CodeForbidden {
		t.Errorf("by another person: %v", err)
	}
	if _, err := d.db.Pool.Exec(t.Context(), `UPDATE triages SET started_at = now() - $1::interval, ended_at = now() - $1::interval`, 2*models.UndoWindow); err != nil {
		t.Fatal(err)
	}
	if _, err := triages.Undo(t.Context(), id, "ana"); models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("too late: %v", err)
	}
	if n := d.count(`SELECT count(*) FROM exceptions WHERE state = 'acknowledged'`); n != 2 {
		t.Errorf("%d stand as they were left", n)
	}
}

// TestWorkOnManyIsOnePieceOfManualWork counts a triage once, not each of its
// exceptions, and one that was taken back at once not at all.
func TestWorkOnManyIsOnePieceOfManualWork(t *testing.T) {
	d := newDesk(t)
	triages, id := d.planned(models.ActionAcknowledge, 3)
	if _, err := triages.Run(t.Context(), id, models.TriageOrder{Actor: "ana", Teams: []models.Team{models.TeamPlanner}}); err != nil {
		t.Fatal(err)
	}
	work := func() []models.ManualWork {
		now := time.Now()
		report, err := store.NewAudit(d.db).ManualWork(t.Context(), models.ManualWorkFilter{Period: models.Period{From: now.Add(-time.Hour), To: now.Add(time.Hour)}})
		if err != nil {
			t.Fatal(err)
		}
		return report.Rows
	}
	if rows := work(); len(rows) != 1 || rows[0].Kind != "triage.acknowledge" || rows[0].Count != 1 || rows[0].Minutes == 0 {
		t.Errorf("counted are %+v", rows)
	}
	if _, err := triages.Undo(t.Context(), id, "ana"); err != nil {
		t.Fatal(err)
	}
	if rows := work(); len(rows) != 0 {
		t.Errorf("what was taken back counts: %+v", rows)
	}
}
