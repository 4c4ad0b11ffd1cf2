package fault_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/simdb"
)

type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func open(t *testing.T, dsn string, rates fault.Rates, c *clock) *fault.Board {
	t.Helper()
	db, err := simdb.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	board, err := fault.NewBoard(t.Context(), db, rates, c.read, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	board.Register(
		fault.Fault{Name: "outage", Duration: time.Minute, Break: func(context.Context) (string, error) { return "DC-LON", nil }},
		fault.Fault{Name: "act", Break: func(context.Context) (string, error) { return "it", nil }},
		fault.Fault{Name: "impossible", Break: func(context.Context) (string, error) { return "", errors.New("nothing to hit") }},
	)
	return board
}

func trigger(t *testing.T, board *fault.Board, name string) error {
	t.Helper()
	_, err := board.Trigger(t.Context(), name, fault.ByRequest)
	return err
}

func TestFaultLastsAndEnds(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	dsn := storetest.DSN(t)
	board := open(t, dsn, nil, c)
	if _, active := board.Active("outage"); active {
		t.Fatal("active before it was triggered")
	}
	if err := trigger(t, board, "outage"); err != nil {
		t.Fatal(err)
	}
	if target, active := board.Active("outage"); !active || target != "DC-LON" {
		t.Errorf("active %v at %q", active, target)
	}
	if err := trigger(t, board, "outage"); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("a second time: %v", err)
	}
	if _, active := open(t, dsn, nil, c).Active("outage"); !active {
		t.Error("a restart has mended it")
	}
	c.now = c.now.Add(time.Minute)
	if _, active := board.Active("outage"); active {
		t.Error("it never ends")
	}
}

func TestLogTellsTheTruth(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	dsn := storetest.DSN(t)
	board := open(t, dsn, nil, c)
	if err := trigger(t, board, "act"); err != nil {
		t.Fatal(err)
	}
	if err := trigger(t, board, "impossible"); err == nil {
		t.Error("what did not happen is no error")
	}
	if err := trigger(t, board, "unknown"); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("unknown fault: %v", err)
	}
	entries, err := open(t, dsn, nil, c).Log(t.Context(), 10)
	if err != nil || len(entries) != 1 || entries[0].Name != "act" || entries[0].Target != "it" || entries[0].Cause != fault.ByRequest {
		t.Errorf("log %+v, %v", entries, err)
	}
	for _, status := range board.Statuses() {
		if want := map[string]int{"act": 1}[status.Name]; status.Count != want || status.State != "idle" {
			t.Errorf("status %+v", status)
		}
	}
}

func TestFaultsComeByTheirRate(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	board := open(t, storetest.DSN(t), fault.Rates{"act": 24}, c)
	board.Roll(t.Context(), time.Hour) // 24 a day: certain within the hour
	entries, err := board.Log(t.Context(), 0)
	if err != nil || len(entries) != 1 || entries[0].Name != "act" || entries[0].Cause != fault.ByRate {
		t.Errorf("log %+v, %v", entries, err)
	}
}

func TestFaultLastsAsLongAsAskedFor(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	board := open(t, storetest.DSN(t), nil, c)
	if _, err := board.TriggerFor(t.Context(), "outage", fault.ByRequest, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	if _, active := board.Active("outage"); !active {
		t.Error("it does not last")
	}
	c.now = c.now.Add(10 * time.Second)
	if _, active := board.Active("outage"); active {
		t.Error("it lasts longer than it was asked to")
	}
	if _, err := board.TriggerFor(t.Context(), "act", fault.ByRequest, time.Second); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("an act that lasts: %v", err)
	}
}

func TestFaultInWaitIsLoggedWhenItStrikes(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	dsn := storetest.DSN(t)
	board := open(t, dsn, nil, c)
	if err := trigger(t, board, "act"); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(time.Minute)
	if err := board.Struck(t.Context(), "act", "TL-1"); err != nil {
		t.Fatal(err)
	}
	entries, err := open(t, dsn, nil, c).Log(t.Context(), 0)
	if err != nil || len(entries) != 1 || entries[0].Target != "TL-1" || !entries[0].StartedAt.Equal(c.now) {
		t.Errorf("log %+v, %v", entries, err)
	}
}

func TestSeedRepeatsWhatIsDrawn(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	draw := func(seed uint64) [8]int {
		board := open(t, storetest.DSN(t), nil, c)
		board.Seed(seed)
		var drawn [8]int
		for i := range drawn {
			drawn[i] = board.N(1000)
		}
		return drawn
	}
	if first := draw(7); first != draw(7) || first == draw(8) {
		t.Error("the seed does not decide what is drawn")
	}
}
