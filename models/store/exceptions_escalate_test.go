package store_test

import (
	"testing"
	"time"

	"throughline/models"
)

// TestAnExceptionThatNobodyAnswersIsCarriedUpward lets the clocks of a P1, a P2
// and a P2 that was acknowledged go by: half, all, and half as much again.
func TestAnExceptionThatNobodyAnswersIsCarriedUpward(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP1, 30), stockout("B2", models.PriorityP2, 10), stockout("C3", models.PriorityP2, 10))
	opened := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := d.db.Pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE exceptions SET opened_at = $1, ack_due_at = $1::timestamptz + interval '1 h', resolve_due_at = $1::timestamptz + interval '8 h'`, opened)
	exec(`UPDATE exceptions SET acknowledged_at = $1 WHERE item = 'C3'`, opened)
	exec(`UPDATE exceptions SET ack_due_at = $1::timestamptz + interval '15 min' WHERE item = 'A1'`, opened)
	to := models.Escalations{Lead: map[models.Team]string{models.TeamPlanner: "priya"}, Executive: "erik"}
	for _, step := range []struct {
		after   time.Duration
		carried int
		levels  string
	}{
		{7 * time.Minute, 0, "A1 0, B2 0, C3 0"},
		{8 * time.Minute, 1, "A1 1, B2 0, C3 0"},
		{9 * time.Minute, 0, "A1 1, B2 0, C3 0"},
		{15 * time.Minute, 1, "A1 2, B2 0, C3 0"},
		{23 * time.Minute, 1, "A1 3, B2 0, C3 0"},
		{30 * time.Minute, 1, "A1 3, B2 1, C3 0"},
		{time.Hour, 1, "A1 3, B2 2, C3 0"},
		{90 * time.Minute, 0, "A1 3, B2 2, C3 0"}, // only what is P1 goes to the executive
		{4 * time.Hour, 1, "A1 3, B2 2, C3 1"},    // half of the time to resolve
	} {
		carried, err := d.Escalate(t.Context(), opened.Add(step.after), to)
		if err != nil || carried != step.carried {
			t.Errorf("after %s: %d carried (%v), want %d", step.after, carried, err, step.carried)
		}
		var levels string
		if err := d.db.Pool.QueryRow(t.Context(), `SELECT string_agg(item || ' ' || escalation, ', ' ORDER BY item) FROM exceptions`).Scan(&levels); err != nil || levels != step.levels {
			t.Errorf("after %s: %s (%v), want %s", step.after, levels, err, step.levels)
		}
	}
	var notes string
	const told = `SELECT string_agg(n.note, ', ' ORDER BY n.id) FROM exception_notes n JOIN exceptions x ON x.id = n.exception_id WHERE n.action = 'escalated' AND x.item = 'A1'`
	if err := d.db.Pool.QueryRow(t.Context(), told).Scan(&notes); err != nil || notes != "to the lead priya, to the duty manager, to the executive erik" {
		t.Errorf("told were %s (%v)", notes, err)
	}
	if page, err := d.Queue(t.Context(), models.ExceptionFilter{Escalated: true}); err != nil || len(page.Rows) != 3 {
		t.Errorf("%d are listed as escalated (%v)", len(page.Rows), err)
	}
}

// TestAClockRunsInTheWorkingTimeOfItsTeams opens an exception half an hour
// before the weekend; another of that time becomes a P1 on Monday at nine.
func TestAClockRunsInTheWorkingTimeOfItsTeams(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP2, 30), stockout("B2", models.PriorityP1, 30))
	opened := time.Date(2026, 3, 6, 17, 30, 0, 0, time.UTC) // a Friday
	for item, due := range map[string]time.Time{"A1": opened.Add(time.Hour), "B2": time.Date(2026, 3, 9, 9, 15, 0, 0, time.UTC)} {
		if _, err := d.db.Pool.Exec(t.Context(), `UPDATE exceptions SET opened_at = $1, ack_due_at = $2 WHERE item = $3`, opened, due, item); err != nil {
			t.Fatal(err)
		}
	}
	office := &models.Calendar{Zone: time.UTC, Days: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, Opens: 8 * time.Hour, Closes: 18 * time.Hour}
	monday := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		at   time.Time
		want int
	}{
		{opened.Add(24 * time.Hour), 0}, {monday.Add(-time.Minute), 0}, {monday, 1}, {monday.Add(29 * time.Minute), 0}, {monday.Add(30 * time.Minute), 1},
		{monday.Add(67 * time.Minute), 0}, {monday.Add(68 * time.Minute), 1}, {monday.Add(75 * time.Minute), 1}, {monday.Add(83 * time.Minute), 1},
	} {
		if carried, err := d.Escalate(t.Context(), step.at, models.Escalations{Calendar: office}); err != nil || carried != step.want {
			t.Errorf("at %s: %d carried (%v), want %d", step.at.Format("Mon 15:04"), carried, err, step.want)
		}
	}
}

// TestAnExceptionThatDoesNotRiseIsNotLocked looks twice at one that was carried
// upward at the first: the second look leaves its row alone.
func TestAnExceptionThatDoesNotRiseIsNotLocked(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP2, 30))
	var opened time.Time
	if err := d.db.Pool.QueryRow(t.Context(), `UPDATE exceptions SET ack_due_at = opened_at + interval '1 h' RETURNING opened_at`).Scan(&opened); err != nil {
		t.Fatal(err)
	}
	look := func(after time.Duration, want int) (lock string) {
		t.Helper()
		if carried, err := d.Escalate(t.Context(), opened.Add(after), models.Escalations{}); err != nil || carried != want {
			t.Fatalf("after %s: %d carried (%v), want %d", after, carried, err, want)
		}
		if err := d.db.Pool.QueryRow(t.Context(), `SELECT xmax::text FROM exceptions`).Scan(&lock); err != nil {
			t.Fatal(err)
		}
		return lock
	}
	if first, second := look(30*time.Minute, 1), look(31*time.Minute, 0); first != second {
		t.Errorf("the row was locked by transaction %s for nothing", second)
	}
}
