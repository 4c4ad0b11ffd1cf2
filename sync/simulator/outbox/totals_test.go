package outbox_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

// window is that of the control totals, and noon the begin of one.
const window = time.Minute

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// counting is a sender with a clock that only the test moves.
func counting(t *testing.T, db *pgxpool.Pool, tower *towertest.Tower, now *time.Time) *outbox.Sender {
	t.Helper()
	s, err := outbox.NewSender(t.Context(), outbox.Config{
		Source: "erp", TowerURL: tower.URL, Key: "tlk_test", DB: db, Window: window,
		Now: func() time.Time { return *now }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// say appends one message of a type at an instant.
func say(t *testing.T, db *pgxpool.Pool, kind models.EventType, at time.Time, leftOut bool) {
	t.Helper()
	m := outbox.Message{Type: kind, Subject: "1", DC: "DC-LON", OccurredAt: at, Data: map[string]int{"n": 1}, LeftOut: leftOut}
	err := simdb.InTx(t.Context(), db, func(tx pgx.Tx) error { return outbox.Append(t.Context(), tx, "erp", []outbox.Message{m}) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestATotalIsStatedWhenItsTimeIsOverAndCountsWhatWasTaken(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	now := noon
	for range 3 {
		say(t, db, models.TypeBalance, noon, false)
	}
	say(t, db, models.TypeReceipt, noon.Add(59*time.Second), false)
	say(t, db, models.TypeReceipt, noon.Add(window), false)
	say(t, db, models.TypeASN, noon, false)
	tower.Reject(func(e webhook.Event) bool { return e.Type == models.TypeASN })
	if err := drain(t, counting(t, db, tower, &now)); err != nil {
		t.Fatal(err)
	}
	if early := tower.Totals(); len(early) != 0 {
		t.Errorf("stated before the time was over: %+v", early)
	}
	now = noon.Add(window)
	s := counting(t, db, tower, &now) // the sender of another process
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	stated := func(kind models.EventType, since time.Time, events int64) towertest.Total {
		return towertest.Total{Type: kind, Since: since, Until: since.Add(window), Events: events}
	}
	want := []towertest.Total{stated(models.TypeBalance, noon, 3), stated(models.TypeReceipt, noon, 1)}
	if got := tower.Totals(); !equalTotals(got, want) {
		t.Errorf("stated %+v, want %+v", got, want)
	}
	say(t, db, models.TypeBalance, noon, false) // written down late
	now = now.Add(window)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	want = append(want, stated(models.TypeBalance, noon, 4), stated(models.TypeReceipt, noon.Add(window), 1))
	if got := tower.Totals(); !equalTotals(got, want) {
		t.Errorf("stated %+v, want %+v", got, want)
	}
}

func equalTotals(a, b []towertest.Total) bool {
	return slices.EqualFunc(a, b, func(x, y towertest.Total) bool {
		return x.Type == y.Type && x.Events == y.Events && x.Since.Equal(y.Since) && x.Until.Equal(y.Until)
	})
}

func TestATotalWaitsForWhatIsHeld(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	now := noon.Add(window)
	say(t, db, models.TypeBalance, noon, false)
	hold := outbox.Hold{DCs: []string{"DC-LON"}}
	s, err := outbox.NewSender(t.Context(), outbox.Config{
		Source: "erp", TowerURL: tower.URL, Key: "k", DB: db, Window: window, Now: func() time.Time { return now },
		Hold: func() outbox.Hold { return hold }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	say(t, db, models.TypeBalance, noon, true)
	if err := drain(t, s); err != nil || len(tower.Totals()) != 0 {
		t.Fatalf("stated %+v, %v", tower.Totals(), err)
	}
	hold, now = outbox.Hold{}, now.Add(window)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if got := tower.Totals(); len(got) != 1 || got[0].Events != 2 {
		t.Errorf("stated %+v", got)
	}
}

func TestWhatIsLeftOutIsCountedAndNotSentUntilItIsFound(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	now := noon
	s := counting(t, db, tower, &now)
	if _, _, err := s.LeaveOut(t.Context(), models.TypeSalesOrder, 3); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("left out before anything was sent: %v", err)
	}
	for range 4 {
		say(t, db, models.TypeSalesOrder, noon, false)
	}
	say(t, db, models.TypeBalance, noon, true)
	for range 250 { // as come on a weekend, when nothing is sold
		say(t, db, models.TypeReceipt, noon, false)
	}
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	now = noon.Add(window + time.Second)
	n, since, err := s.LeaveOut(t.Context(), models.TypeSalesOrder, 3)
	if err != nil || n != 3 || !since.Equal(noon.Add(window)) {
		t.Fatalf("left out %d since %s: %v", n, since, err)
	}
	now = now.Add(window)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if came := len(tower.Events()); came != 254 {
		t.Errorf("%d events came", came)
	}
	want := []towertest.Total{
		{Type: models.TypeSalesOrder, Since: noon, Until: noon.Add(window), Events: 4},
		{Type: models.TypeBalance, Since: noon, Until: noon.Add(window), Events: 1},
		{Type: models.TypeReceipt, Since: noon, Until: noon.Add(window), Events: 250},
		{Type: models.TypeSalesOrder, Since: since, Until: since.Add(window), Events: 3},
	}
	if got := tower.Totals(); !equalTotals(got, want) {
		t.Errorf("stated %+v, want %+v", got, want)
	}
	if found, err := s.Find(t.Context()); err != nil || found != 3 {
		t.Fatalf("found %d: %v", found, err)
	}
	if err := drain(t, s); err != nil || len(tower.Events()) != 257 {
		t.Errorf("%d events came in the end: %v", len(tower.Events()), err)
	}
}

// What was left out of a time comes when that time is asked for, beside what was sent of
// it; what is of another type, DC or time does not.
func TestATimeIsSentAgainWithWhatWasLeftOutOfIt(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	now := noon
	s := counting(t, db, tower, &now)
	say(t, db, models.TypeSalesOrder, noon, false)
	say(t, db, models.TypeReceipt, noon, false)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	now = noon.Add(window)
	_, since, err := s.LeaveOut(t.Context(), models.TypeSalesOrder, 1)
	if err != nil {
		t.Fatal(err)
	}
	say(t, db, models.TypeSalesOrder, since.Add(time.Second), false)
	now = since.Add(window)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind         models.EventType
		dc           string
		since, until time.Time
		want         int
	}{
		{models.TypeReceipt, "", since, now, 0}, {models.TypeSalesOrder, "DC-MAN", since, now, 0},
		{models.TypeSalesOrder, "", now, now.Add(window), 0}, {models.TypeSalesOrder, "DC-LON", since, now, 2},
	} {
		if coming, err := s.ReplayTime(t.Context(), c.kind, c.dc, c.since, c.until); err != nil || coming != c.want {
			t.Errorf("of %s at %q from %s come %d, %v; want %d", c.kind, c.dc, c.since, coming, err, c.want)
		}
	}
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if came := len(tower.Events()); came != 4 {
		t.Errorf("%d different events came", came)
	}
}
