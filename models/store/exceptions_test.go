package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// desk is the exceptions of a test with a clock that moves a second a sweep.
type desk struct {
	t  *testing.T
	db *store.DB
	*store.Exceptions
	now time.Time
}

func newDesk(t *testing.T) *desk {
	db := storetest.New(t)
	return &desk{t: t, db: db, Exceptions: store.NewExceptions(db), now: time.Now().UTC().Truncate(time.Microsecond)}
}

// sweep reports signals as everything that was found of the codes BIZ-01 and API-01.
func (d *desk) sweep(signals ...models.AssessedSignal) models.SweepOutcome {
	d.t.Helper()
	d.now = d.now.Add(time.Second)
	return d.report(d.now, models.Escalations{}, signals...)
}

// report is a sweep at a time whose clocks run as they say.
func (d *desk) report(at time.Time, clocks models.Escalations, signals ...models.AssessedSignal) models.SweepOutcome {
	d.t.Helper()
	out, err := d.Report(d.t.Context(), models.SweepReport{
		Codes: []models.ExceptionCode{models.ExceptionStockout, models.ExceptionSourceSilent}, Signals: signals, At: at, Clocks: clocks,
	})
	if err != nil {
		d.t.Fatalf("report: %v", err)
	}
	return out
}

// queue is every exception, resolved ones included, the oldest first.
func (d *desk) queue(f models.ExceptionFilter) []models.Exception {
	d.t.Helper()
	page, err := d.Queue(d.t.Context(), f)
	if err != nil {
		d.t.Fatalf("queue: %v", err)
	}
	return page.Rows
}

func (d *desk) only() models.Exception {
	d.t.Helper()
	rows := d.queue(models.ExceptionFilter{States: everyState, Limit: 200})
	if len(rows) != 1 {
		d.t.Fatalf("%d exceptions, want 1: %+v", len(rows), rows)
	}
	return rows[0]
}

var everyState = []models.ExceptionState{
	models.ExceptionNew, models.ExceptionAcknowledged, models.ExceptionAssigned,
	models.ExceptionInProgress, models.ExceptionWaiting, models.ExceptionResolved,
}

func stockout(item string, p models.Priority, value int64) models.AssessedSignal {
	return models.AssessedSignal{
		Signal: models.Signal{
			Code: models.ExceptionStockout, Key: item + "|LON", Title: item + " runs out at LON", Happened: "In 6 h, 40 short.",
			Subject: models.ExceptionSubject{Item: item, DC: "LON", Supplier: "S1"}, Risk: models.Risk{Value: decimal.NewFromInt(value)},
		},
		Severity: models.Severity{Priority: p, Consequence: models.ConsequenceEffect, Why: "because"},
	}
}

func TestAStandingConditionHasOneRow(t *testing.T) {
	d := newDesk(t)
	if out := d.sweep(stockout("A1", models.PriorityP3, 10)); out != (models.SweepOutcome{Opened: 1}) {
		t.Fatalf("first sweep: %+v", out)
	}
	if out := d.sweep(stockout("A1", models.PriorityP3, 10)); out != (models.SweepOutcome{}) {
		t.Errorf("an unchanged condition was written again: %+v", out)
	}
	if out := d.sweep(stockout("A1", models.PriorityP2, 12)); out != (models.SweepOutcome{Refreshed: 1}) {
		t.Errorf("a changed figure: %+v", out)
	}
	e := d.only()
	if e.Priority != models.PriorityP2 || !e.ValueAtRisk.Equal(decimal.NewFromInt(12)) || e.Version != 1 {
		t.Errorf("not refreshed, or the version moved: %+v", e)
	}
	if want := d.now.Add(time.Hour); !e.AckDueAt.Equal(want) {
		t.Errorf("a more urgent exception is due at %s, want %s", e.AckDueAt, want)
	}
	if e.Team != models.TeamPlanner || e.Stage != models.StageBusiness || e.Subject.Supplier != "S1" {
		t.Errorf("team, stage or subject: %+v", e)
	}
}

func TestAClearedConditionClosesItself(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10), stockout("B2", models.PriorityP3, 10))
	if out := d.sweep(stockout("B2", models.PriorityP3, 10)); out != (models.SweepOutcome{Closed: 1}) {
		t.Fatalf("sweep: %+v", out)
	}
	open := d.queue(models.ExceptionFilter{})
	if len(open) != 1 || open[0].Subject.Item != "B2" {
		t.Fatalf("open: %+v", open)
	}
	closed := d.queue(models.ExceptionFilter{States: []models.ExceptionState{models.ExceptionResolved}})
	if len(closed) != 1 || closed[0].Standing || closed[0].Resolution == "" || closed[0].ResolvedAt == nil {
		t.Fatalf("closed without evidence: %+v", closed)
	}
}

func TestWhatWasNotLookedForStaysOpen(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	out, err := d.Report(t.Context(), models.SweepReport{Codes: []models.ExceptionCode{models.ExceptionDrift}, At: d.now.Add(time.Hour)})
	if err != nil || out.Closed != 0 {
		t.Fatalf("a sweep for another code closed it: %+v, %v", out, err)
	}
}

func TestWhatASweepStartedBeforeSawCannotCloseIt(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	d.now = d.now.Add(-time.Hour)
	if out := d.sweep(); out.Closed != 0 {
		t.Errorf("an older sweep closed a newer exception: %+v", out)
	}
}

func TestResolvedByHandWhileItStands(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	d.change(models.ExceptionChange{ID: d.only().ID, Version: 1, Action: models.ActionResolve, Actor: "ana", Note: "transfer agreed"})
	if out := d.sweep(stockout("A1", models.PriorityP3, 11)); out.Opened+out.Reopened != 0 || d.only().State != models.ExceptionResolved {
		t.Fatalf("opened a second time: %+v", out)
	}
	if out := d.sweep(stockout("A1", models.PriorityP1, 11)); out.Reopened != 1 {
		t.Fatalf("not opened again when it became more urgent: %+v", out)
	}
	if e := d.only(); e.State != models.ExceptionNew || e.ResolvedAt != nil || e.Priority != models.PriorityP1 {
		t.Errorf("after it was opened again: %+v", e)
	}
}

func TestAConditionThatComesBackSoonOpensItsRowAgain(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	d.sweep()
	if out := d.sweep(stockout("A1", models.PriorityP3, 10)); out.Reopened != 1 || out.Opened != 0 {
		t.Fatalf("soon: %+v", out)
	}
	if e := d.only(); e.Occurrences != 2 || !e.Standing {
		t.Errorf("%+v", e)
	}
	d.sweep()
	d.now = d.now.Add(time.Hour)
	if out := d.sweep(stockout("A1", models.PriorityP3, 10)); out.Opened != 1 {
		t.Fatalf("much later: %+v", out)
	}
}

func TestWhatNeedsNoResponseIsNotOpened(t *testing.T) {
	d := newDesk(t)
	if out := d.sweep(stockout("A1", models.PriorityLog, 0)); out.Opened != 0 {
		t.Fatalf("opened: %+v", out)
	}
	d.sweep(stockout("A1", models.PriorityP3, 10))
	d.sweep(stockout("A1", models.PriorityLog, 0))
	if e := d.only(); e.State != models.ExceptionNew || e.Priority != models.PriorityP4 {
		t.Errorf("one that became harmless: %+v", e)
	}
}

func (d *desk) change(c models.ExceptionChange) models.Exception {
	d.t.Helper()
	e, err := d.Change(d.t.Context(), c)
	if err != nil {
		d.t.Fatalf("%s: %v", c.Action, err)
	}
	return e
}

func TestChangeLeavesItsTrace(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	id := d.only().ID
	e := d.change(models.ExceptionChange{ID: id, Version: 1, Action: models.ActionAcknowledge, Actor: "ana"})
	if e.State != models.ExceptionAcknowledged || e.AcknowledgedAt == nil || e.Version != 2 {
		t.Fatalf("acknowledged: %+v", e)
	}
	if e = d.change(models.ExceptionChange{ID: id, Version: 2, Action: models.ActionAssign, Actor: "ana", Owner: "ben"}); e.Owner != "ben" {
		t.Fatalf("assigned: %+v", e)
	}
	if e = d.change(models.ExceptionChange{ID: id, Version: 3, Action: models.ActionStart, Actor: "cleo"}); e.Owner != "cleo" {
		t.Fatalf("started: %+v", e)
	}
	detail, err := d.Get(t.Context(), id)
	if err != nil || len(detail.Notes) != 4 || detail.Notes[2].Note != "to ben" {
		t.Fatalf("history: %+v, %v", detail.Notes, err)
	}
	var audited int
	if err := d.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE subject = 'exception:' || $1::bigint AND before IS NOT NULL AND after IS NOT NULL`, id).Scan(&audited); err != nil || audited != 3 {
		t.Errorf("%d audit rows, %v", audited, err)
	}
}

func TestTwoPeopleOneException(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	id := d.only().ID
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i, name := range []string{"ana", "ben"} {
		group.Go(func() {
			_, errs[i] = d.Change(t.Context(), models.ExceptionChange{ID: id, Version: 1, Action: models.ActionAssign, Actor: name})
		})
	}
	group.Wait()
	lost := errs[0]
	if lost == nil {
		lost = errs[1]
	}
	var changed *models.ExceptionChanged
	if (errs[0] == nil) == (errs[1] == nil) || models.CodeOf(lost) != models.CodeConflict || !errors.As(lost, &changed) {
		t.Fatalf("want one winner and one conflict, got %v and %v", errs[0], errs[1])
	}
	if now := d.only(); changed.By != now.Owner || changed.Exception.Version != 2 || now.Version != 2 {
		t.Errorf("the loser was told %+v, it is %+v", changed, now)
	}
}

// TestAConflictSaysWhatAPersonDid shelves an exception, of which the tower then notes
// what it asked for: who comes too late is told of the person and of the shelf.
func TestAConflictSaysWhatAPersonDid(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	id := d.only().ID
	d.change(models.ExceptionChange{ID: id, Version: 1, Action: models.ActionShelve, Actor: "ana", Note: "A count.", For: time.Hour})
	for _, action := range []string{"asked", "polled"} {
		if _, err := d.db.Pool.Exec(t.Context(), `INSERT INTO exception_notes (exception_id, actor, action, note) VALUES ($1, 'tower', $2, 'n')`, id, action); err != nil {
			t.Fatal(err)
		}
	}
	_, err := d.Change(t.Context(), models.ExceptionChange{ID: id, Version: 1, Action: models.ActionAssign, Actor: "ben"})
	var changed *models.ExceptionChanged
	if !errors.As(err, &changed) || changed.By != "ana" || !strings.Contains(err.Error(), "it is now suppressed, by ana") {
		t.Errorf("ben is told %v", err)
	}
}

func TestARefreshedFigureIsNoConflict(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	d.sweep(stockout("A1", models.PriorityP2, 99))
	d.change(models.ExceptionChange{ID: d.only().ID, Version: 1, Action: models.ActionAcknowledge, Actor: "ana"})
}

func TestChangeOfNothing(t *testing.T) {
	d := newDesk(t)
	_, err := d.Change(t.Context(), models.ExceptionChange{ID: 77, Version: 1, Action: models.ActionAcknowledge, Actor: "ana"})
	if models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("got %v", err)
	}
	if _, err := d.Get(t.Context(), 77); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("got %v", err)
	}
}

// TestAnExceptionWaitsUntilATime lets it wait for a supplier, and the time go by.
func TestAnExceptionWaitsUntilATime(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	id := d.only().ID
	wait := models.ExceptionChange{ID: id, Version: 1, Action: models.ActionWait, Actor: "ana", Note: "Hearts Ltd answers on Monday.", For: 48 * time.Hour}
	if _, err := d.Change(t.Context(), wait); models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("what nobody acknowledged waits: %v", err)
	}
	e := d.change(models.ExceptionChange{ID: id, Version: 1, Action: models.ActionAssign, Actor: "ana"})
	wait.Version, wait.For = e.Version, 0
	if _, err := d.Change(t.Context(), wait); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("it waits without an end: %v", err)
	}
	wait.For = 48 * time.Hour
	if e = d.change(wait); e.State != models.ExceptionWaiting || e.WaitingUntil == nil {
		t.Fatalf("it is %+v", e)
	}
	waiting := models.ExceptionFilter{State: models.ExceptionWaiting}
	if rows := d.queue(waiting); len(rows) != 1 {
		t.Errorf("%d wait", len(rows))
	}
	d.now = e.WaitingUntil.Add(-time.Minute)
	d.sweep(stockout("A1", models.PriorityP3, 10))
	if e = d.only(); e.State != models.ExceptionWaiting {
		t.Errorf("before its time it is %s", e.State)
	}
	d.now = e.WaitingUntil.Add(time.Minute)
	if out := d.sweep(stockout("A1", models.PriorityP3, 10)); out.Waited != 1 {
		t.Errorf("the sweep tells of %+v", out)
	}
	if e = d.only(); e.State != models.ExceptionAssigned || e.Owner != "ana" || e.WaitingUntil != nil || len(d.queue(waiting)) != 0 {
		t.Errorf("handed back it is %+v", e)
	}
}
