package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"throughline/models"
)

func TestQueueSortsByMoneyAndHours(t *testing.T) {
	d := newDesk(t)
	soon, late := d.now.Add(2*time.Hour), d.now.Add(9*time.Hour)
	rich, hurried, slow, calm := stockout("RICH", models.PriorityP4, 900), stockout("HURRIED", models.PriorityP3, 50),
		stockout("SLOW", models.PriorityP2, 50), stockout("CALM", models.PriorityP1, 50)
	hurried.Risk.At, slow.Risk.At = &soon, &late
	d.sweep(calm, slow, hurried, rich)
	want := map[models.ExceptionSort][]string{
		models.SortMoney:    {"RICH", "HURRIED", "SLOW", "CALM"},
		models.SortPriority: {"CALM", "SLOW", "HURRIED", "RICH"},
	}
	for sort, items := range want {
		if got := d.pages(models.ExceptionFilter{Sort: sort, Limit: 1}); !slices.Equal(got, items) {
			t.Errorf("by %s, a row a page: %v, want %v", sort, got, items)
		}
	}
}

// pages walks every page of a filter and gives the items.
func (d *desk) pages(f models.ExceptionFilter) []string {
	d.t.Helper()
	var items []string
	for range 100 {
		page, err := d.Queue(d.t.Context(), f)
		if err != nil {
			d.t.Fatalf("queue: %v", err)
		}
		for _, e := range page.Rows {
			items = append(items, e.Subject.Item)
		}
		if page.Next == "" {
			return items
		}
		f.After = page.Next
	}
	d.t.Fatal("the pages do not end")
	return nil
}

func TestQueuePagesMissAndRepeatNothing(t *testing.T) {
	d := newDesk(t)
	var signals []models.AssessedSignal
	for i := range 57 {
		s := stockout(fmt.Sprintf("I%02d", i), models.PriorityP3, int64(i%5))
		if at := d.now.Add(time.Duration(i%3) * time.Hour); i%4 != 0 {
			s.Risk.At = &at
		}
		signals = append(signals, s)
	}
	d.sweep(signals...)
	for _, sort := range []models.ExceptionSort{models.SortMoney, models.SortPriority, models.SortNewest} {
		got := d.pages(models.ExceptionFilter{Sort: sort, Limit: 10})
		slices.Sort(got)
		if len(got) != 57 || len(slices.Compact(got)) != 57 {
			t.Errorf("by %s: %d rows, %d of them different", sort, len(got), len(slices.Compact(got)))
		}
	}
}

func TestQueuePagesByAnyColumnMissAndRepeatNothing(t *testing.T) {
	d := newDesk(t)
	var signals []models.AssessedSignal
	for i := range 23 {
		s := stockout(fmt.Sprintf("I%02d", i), models.Priority(fmt.Sprintf("P%d", 1+i%4)), int64(i%5))
		if at := d.now.Add(time.Duration(i%3) * time.Hour); i%4 != 0 {
			s.Risk.At = &at
		}
		signals = append(signals, s)
	}
	d.sweep(signals...)
	for _, name := range []string{
		"priority", "title", "code", "stage", "supplier", "item", "dc", "order", "count", "first", "checked", "state", "risk", "left", "owner", "clock",
	} {
		up := d.pages(models.ExceptionFilter{By: models.Sorting{Key: name}, Limit: 5})
		down := d.pages(models.ExceptionFilter{By: models.Sorting{Key: name, Descending: true}, Limit: 5})
		slices.Reverse(down)
		if len(up) != 23 || !slices.Equal(up, down) {
			t.Errorf("by %s: %v\ndescending, from its end: %v", name, up, down)
		}
	}
	if got := d.pages(models.ExceptionFilter{By: models.Sorting{Key: "item", Descending: true}, Limit: 3}); got[0] != "I22" || got[22] != "I00" {
		t.Errorf("by item, descending: %v", got)
	}
	own := d.pages(models.ExceptionFilter{Sort: models.SortMoney})
	if got := d.pages(models.ExceptionFilter{Sort: models.SortMoney, By: models.Sorting{Key: "nothing"}}); !slices.Equal(got, own) {
		t.Errorf("by an unknown column: %v, want the queue's own order %v", got, own)
	}
}

func TestQueueFilters(t *testing.T) {
	d := newDesk(t)
	silent := models.AssessedSignal{
		Signal: models.Signal{Code: models.ExceptionSourceSilent, Key: "erp", Title: "The ERP is silent", Happened: "100% quiet",
			AlsoTeam: models.TeamPlanner, Subject: models.ExceptionSubject{Source: "erp"}},
		Severity: models.Severity{Priority: models.PriorityP1, Consequence: models.ConsequenceStop, Why: "because"},
	}
	d.sweep(silent, stockout("A1", models.PriorityP3, 10), stockout("B2", models.PriorityP4, 10))
	tests := []struct {
		name   string
		filter models.ExceptionFilter
		want   int
	}{
		{"everything open", models.ExceptionFilter{}, 3},
		{"the team's own", models.ExceptionFilter{Team: models.TeamIT}, 1},
		{"and what it sees too", models.ExceptionFilter{Team: models.TeamPlanner}, 3},
		{"only its own", models.ExceptionFilter{Team: models.TeamPlanner, Part: models.PartOurs}, 2},
		{"only what others own", models.ExceptionFilter{Team: models.TeamPlanner, Part: models.PartAlso}, 1},
		{"nobody else", models.ExceptionFilter{Team: models.TeamProcurement}, 0},
		{"priorities", models.ExceptionFilter{Priorities: []models.Priority{models.PriorityP1, models.PriorityP4}}, 2},
		{"code", models.ExceptionFilter{Codes: []models.ExceptionCode{models.ExceptionStockout}}, 2},
		{"dc and item", models.ExceptionFilter{DC: "LON", Item: "A1"}, 1},
		{"source", models.ExceptionFilter{Source: "erp"}, 1},
		{"stage", models.ExceptionFilter{Stage: models.StageBusiness}, 2},
		{"text", models.ExceptionFilter{Text: "erp IS"}, 1},
		{"text with a wildcard", models.ExceptionFilter{Text: "100%"}, 1},
		{"a wildcard is no wildcard", models.ExceptionFilter{Text: "r%ns"}, 0},
		{"owner", models.ExceptionFilter{Concerns: "ana"}, 0},
		{"resolved", models.ExceptionFilter{States: []models.ExceptionState{models.ExceptionResolved}}, 0},
	}
	for _, tt := range tests {
		n, err := d.Matching(t.Context(), tt.filter)
		if rows := d.queue(tt.filter); len(rows) != tt.want || err != nil || n != int64(tt.want) {
			t.Errorf("%s: %d rows, %d counted, %v; want %d", tt.name, len(rows), n, err, tt.want)
		}
	}
}

func TestQueueRefusesABrokenCursor(t *testing.T) {
	d := newDesk(t)
	d.sweep(stockout("A1", models.PriorityP3, 10), stockout("B2", models.PriorityP3, 10))
	page, err := d.Queue(t.Context(), models.ExceptionFilter{Sort: models.SortMoney, Limit: 1})
	if err != nil || page.Next == "" {
		t.Fatalf("first page: %+v, %v", page, err)
	}
	for _, f := range []models.ExceptionFilter{
		{Sort: models.SortMoney, After: "?"},
		{Sort: models.SortMoney, After: "e30"},
		{Sort: models.SortPriority, After: page.Next},
	} {
		if _, err := d.Queue(t.Context(), f); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestViewsCountWhatTheTeamSees(t *testing.T) {
	d := newDesk(t)
	both := stockout("A1", models.PriorityP2, 30)
	both.AlsoTeam = models.TeamProcurement
	d.sweep(both, stockout("B2", models.PriorityP2, 10))
	for _, want := range []struct {
		filter models.ExceptionFilter
		open   int64
		ours   int64
	}{
		{models.ExceptionFilter{Team: models.TeamPlanner}, 2, 2}, {models.ExceptionFilter{Team: models.TeamProcurement}, 1, 0},
		{models.ExceptionFilter{Team: models.TeamPlanner, Item: "A1"}, 1, 1}, {models.ExceptionFilter{Team: models.TeamIT}, 0, 0},
		{models.ExceptionFilter{Team: models.TeamProcurement, Part: models.PartOurs}, 1, 0}, // each part counts in its own tab
	} {
		counts, err := d.Views(t.Context(), want.filter, "ana")
		if causes := min(want.open, 1); err != nil || counts != (models.ExceptionViews{Open: want.open, Ours: want.ours, Unowned: want.open, Causes: causes}) {
			t.Errorf("%+v: %+v, %v", want.filter, counts, err)
		}
	}
}

// TestAViewWithAStateListsWhatItCounts has one exception in each state that a view
// is cut by, one shelved and one that was resolved on the shelf.
func TestAViewWithAStateListsWhatItCounts(t *testing.T) {
	d := newDesk(t)
	items := []string{"NEW", "SHELVED", "WAITING", "RESOLVED"}
	var signals []models.AssessedSignal
	for _, item := range items {
		signals = append(signals, stockout(item, models.PriorityP3, 10))
	}
	d.sweep(signals...)
	for _, set := range []string{
		`UPDATE exceptions SET shelved_until = now() + interval '1 hour' WHERE item IN ('SHELVED', 'RESOLVED')`,
		`UPDATE exceptions SET state = 'waiting', owner = 'ana', waiting_until = now() + interval '1 day' WHERE item = 'WAITING'`,
		`UPDATE exceptions SET state = 'resolved', resolved_at = now() WHERE item = 'RESOLVED'`,
	} {
		if _, err := d.db.Pool.Exec(t.Context(), set); err != nil {
			t.Fatal(err)
		}
	}
	for state, want := range map[models.ExceptionState]struct{ open, shelved, unowned int64 }{
		models.ExceptionNew: {1, 0, 1}, models.ExceptionSuppressed: {1, 1, 1}, models.ExceptionWaiting: {1, 0, 0}, models.ExceptionResolved: {1, 0, 0}, "": {2, 1, 1},
	} {
		counts, err := d.Views(t.Context(), models.ExceptionFilter{State: state}, "ana")
		if err != nil || counts.Open != want.open || counts.Shelved != want.shelved || counts.Unowned != want.unowned {
			t.Errorf("%q: counted %+v (%v), want %+v", state, counts, err, want)
		}
		for view, c := range map[string]struct {
			filter models.ExceptionFilter
			want   int64
		}{
			"open": {models.ExceptionFilter{State: state}, want.open}, "shelved": {models.ExceptionFilter{State: state, Shelved: true}, want.shelved},
			"unowned": {models.ExceptionFilter{State: state, Unowned: true}, want.unowned},
		} {
			if rows := d.queue(c.filter); len(rows) != int(c.want) {
				t.Errorf("%q, %s: %d listed, want %d", state, view, len(rows), c.want)
			}
		}
	}
}
