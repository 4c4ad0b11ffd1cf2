package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
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

// office works from eight to six on working days, by the clock of London.
func office(t *testing.T) *models.Calendar {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return &models.Calendar{Zone: zone, Days: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, Opens: 8 * time.Hour, Closes: 18 * time.Hour}
}

// TestAClockRunsInTheWorkingTimeOfItsTeams opens a P2 half an hour before a weekend:
// what its clock says is what it is escalated by, also when the clocks go forward.
func TestAClockRunsInTheWorkingTimeOfItsTeams(t *testing.T) {
	for name, friday := range map[string]time.Time{
		"a weekend":                      time.Date(2026, 3, 6, 17, 30, 0, 0, time.UTC),
		"one in which clocks go forward": time.Date(2026, 3, 27, 17, 30, 0, 0, time.UTC),
		"one in which clocks go back":    time.Date(2026, 10, 23, 16, 30, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			d, clocks := newDesk(t), models.Escalations{Calendar: office(t)}
			d.report(friday, clocks, stockout("A1", models.PriorityP2, 30))
			local := friday.In(clocks.Calendar.Zone)
			monday := time.Date(local.Year(), local.Month(), local.Day()+3, 8, 0, 0, 0, local.Location())
			e := d.only()
			if want := monday.Add(30 * time.Minute); !e.AckDueAt.Equal(want) {
				t.Errorf("to be acknowledged until %s, want %s", e.AckDueAt, want)
			}
			if want := monday.Add(7*time.Hour + 30*time.Minute); !e.ResolveDueAt.Equal(want) {
				t.Errorf("to be resolved until %s, want %s", e.ResolveDueAt, want)
			}
			for _, step := range []struct {
				at   time.Time
				want int
			}{
				{friday.Add(24 * time.Hour), 0}, {monday.Add(-time.Minute), 0}, {monday, 1}, {monday.Add(29 * time.Minute), 0}, {e.AckDueAt, 1}, {monday.Add(9 * time.Hour), 0},
			} {
				if carried, err := d.Escalate(t.Context(), step.at, clocks); err != nil || carried != step.want {
					t.Errorf("at %s: %d carried (%v), want %d", step.at.Format("Mon 15:04"), carried, err, step.want)
				}
			}
		})
	}
}

// TestAP1DoesNotWaitForMonday opens one on a Friday evening in an office that is closed.
func TestAP1DoesNotWaitForMonday(t *testing.T) {
	d, clocks := newDesk(t), models.Escalations{Calendar: office(t)}
	evening := time.Date(2026, 3, 6, 18, 5, 0, 0, time.UTC)
	d.report(evening, clocks, stockout("A1", models.PriorityP1, 30))
	if e := d.only(); !e.AckDueAt.Equal(evening.Add(15*time.Minute)) || !e.ResolveDueAt.Equal(evening.Add(2*time.Hour)) {
		t.Errorf("due at %s and %s", e.AckDueAt, e.ResolveDueAt)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{7 * time.Minute, 0}, {8 * time.Minute, 1}, {15 * time.Minute, 1}, {22 * time.Minute, 0}, {23 * time.Minute, 1}} {
		if carried, err := d.Escalate(t.Context(), evening.Add(step.after), clocks); err != nil || carried != step.want {
			t.Errorf("after %s: %d carried (%v), want %d", step.after, carried, err, step.want)
		}
	}
}

// TestADueTimeFollowsThePriority makes one most urgent over the weekend and then
// not urgent: first it is due at once, then by the calendar from its opening.
func TestADueTimeFollowsThePriority(t *testing.T) {
	d, clocks := newDesk(t), models.Escalations{Calendar: office(t)}
	opened := time.Date(2026, 3, 6, 17, 30, 0, 0, time.UTC)
	d.report(opened, clocks, stockout("A1", models.PriorityP2, 30))
	saturday := opened.Add(18 * time.Hour)
	d.report(saturday, clocks, stockout("A1", models.PriorityP1, 30))
	if e := d.only(); !e.AckDueAt.Equal(saturday.Add(15 * time.Minute)) {
		t.Errorf("a P1 of Saturday is due at %s", e.AckDueAt)
	}
	d.report(saturday.Add(time.Minute), clocks, stockout("A1", models.PriorityP3, 30))
	if e, want := d.only(), time.Date(2026, 3, 9, 11, 30, 0, 0, time.UTC); !e.AckDueAt.Equal(want) {
		t.Errorf("as a P3 it is due at %s, want %s", e.AckDueAt, want)
	}
}

// TestWhatComesBackBeginsInWorkingTime takes a kind from its shelf on a Saturday.
func TestWhatComesBackBeginsInWorkingTime(t *testing.T) {
	d, clocks := newDesk(t), models.Escalations{Calendar: office(t)}
	shelves := store.NewKindShelves(d.db, func() models.Escalations { return clocks })
	friday := time.Date(2026, 3, 6, 17, 30, 0, 0, time.UTC)
	d.report(friday, clocks, stockout("A1", models.PriorityP2, 30))
	shelf, err := shelves.Shelve(t.Context(), models.KindShelf{Code: models.ExceptionStockout, Reason: "A count.", Actor: "ivy", Since: friday, Until: friday.Add(20 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if err := shelves.End(t.Context(), shelf.ID, "ivy", "The count is done.", friday.Add(18*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if e, want := d.only(), time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC); !e.AckDueAt.Equal(want) {
		t.Errorf("to be acknowledged until %s, want %s", e.AckDueAt, want)
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

// TestWhatWasHandedOnCallsTheTeamThatOwnsItNow hands one of IT's to procurement: the rota
// of procurement is called, as the exception's page says.
func TestWhatWasHandedOnCallsTheTeamThatOwnsItNow(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP2, 30))
	var opened time.Time
	if err := d.db.Pool.QueryRow(t.Context(), `UPDATE exceptions SET team = 'it', routed_team = 'procurement', ack_due_at = opened_at + interval '1 h' RETURNING opened_at`).Scan(&opened); err != nil {
		t.Fatal(err)
	}
	around := func(name string) models.Rota {
		return models.Rota{Shifts: []models.Shift{{Name: "all", Zone: time.UTC, Days: [7]bool{true, true, true, true, true, true, true}, OnDuty: []string{name}}}}
	}
	to := models.Escalations{Rotas: map[models.Team]models.Rota{models.TeamIT: around("ivy"), models.TeamProcurement: around("ben")}}
	if carried, err := d.Escalate(t.Context(), opened.Add(time.Hour), to); err != nil || carried != 1 {
		t.Fatalf("%d are carried (%v)", carried, err)
	}
	if called := d.only().EscalatedTo; called != "ben" {
		t.Errorf("%q is called", called)
	}
}

// TestTheClocksOfWhatWasHandedOnAreThoseOfItsTeam hands on from a team that always works
// to one with office hours: one becomes less urgent then, one more.
func TestTheClocksOfWhatWasHandedOnAreThoseOfItsTeam(t *testing.T) {
	d, clocks := newDesk(t), models.Escalations{Calendars: map[models.Team]*models.Calendar{models.TeamProcurement: office(t)}}
	friday := time.Date(2026, 3, 6, 17, 30, 0, 0, time.UTC)
	d.report(friday, clocks, stockout("A1", models.PriorityP2, 30), stockout("B2", models.PriorityP4, 30))
	if _, err := d.db.Pool.Exec(t.Context(), `UPDATE exceptions SET routed_team = 'procurement'`); err != nil {
		t.Fatal(err)
	}
	d.report(friday.Add(18*time.Hour), clocks, stockout("A1", models.PriorityP3, 30), stockout("B2", models.PriorityP2, 30))
	due := func(column, item string) (at time.Time) {
		t.Helper()
		if err := d.db.Pool.QueryRow(t.Context(), `SELECT `+column+` FROM exceptions WHERE item = $1`, item).Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	if at, want := due("ack_due_at", "A1"), time.Date(2026, 3, 9, 11, 30, 0, 0, time.UTC); !at.Equal(want) {
		t.Errorf("what is less urgent is to be acknowledged until %s, want %s", at, want)
	}
	if at, want := due("resolve_due_at", "B2"), time.Date(2026, 3, 9, 16, 0, 0, 0, time.UTC); !at.Equal(want) {
		t.Errorf("what is more urgent is to be resolved until %s, want %s", at, want)
	}
}
