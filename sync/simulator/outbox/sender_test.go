package outbox_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

func database(t *testing.T) *pgxpool.Pool {
	t.Helper()
	db, err := simdb.Open(t.Context(), storetest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func sender(t *testing.T, db *pgxpool.Pool, tower *towertest.Tower, hold func() outbox.Hold) *outbox.Sender {
	t.Helper()
	s, err := outbox.NewSender(t.Context(), outbox.Config{
		Source: "erp", TowerURL: tower.URL, Key: "tlk_test", DB: db, Hold: hold, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fill appends messages "0", "1", … for a DC.
func fill(t *testing.T, db *pgxpool.Pool, dc string, n int) {
	t.Helper()
	messages := make([]outbox.Message, n)
	for i := range messages {
		messages[i] = outbox.Message{
			Type: models.TypeBalance, Subject: strconv.Itoa(i), Item: "85123A", DC: dc, OccurredAt: time.Now(),
			Data: map[string]int{"n": i},
		}
	}
	err := simdb.InTx(t.Context(), db, func(tx pgx.Tx) error { return outbox.Append(t.Context(), tx, "erp", messages) })
	if err != nil {
		t.Fatal(err)
	}
}

// drain runs rounds until nothing more follows.
func drain(t *testing.T, s *outbox.Sender) error {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.RunOnce(t.Context()); err != nil {
			return err
		}
	}
	return nil
}

func subjects(events []webhook.Event) []string {
	all := make([]string, len(events))
	for i, event := range events {
		all[i] = event.Subject
	}
	return all
}

func numbers(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = strconv.Itoa(i)
	}
	return all
}

func TestEverythingArrivesOnceAndInOrder(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	fill(t, db, "DC-LON", 1200)
	s := sender(t, db, tower, nil)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if got := subjects(tower.Events()); !slices.Equal(got, numbers(1200)) {
		t.Errorf("%d events, or not in order", len(got))
	}
	if stats := s.Stats(); stats.Accepted != 1200 {
		t.Errorf("stats %+v", stats)
	}
	if posts, _ := tower.Posts(); posts != 3 {
		t.Errorf("%d requests for 1,200 events", posts)
	}
}

func TestNothingIsLostWhileTheTowerIsAway(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	fill(t, db, "DC-LON", 10)
	tower.Answer(func([]webhook.Event) (int, http.Header) { return http.StatusServiceUnavailable, nil })
	if err := drain(t, sender(t, db, tower, nil)); err == nil {
		t.Fatal("a refusal is no error")
	}
	tower.Answer(nil)
	// Another process after a kill -9.
	if err := drain(t, sender(t, db, tower, nil)); err != nil {
		t.Fatal(err)
	}
	if got := subjects(tower.Events()); !slices.Equal(got, numbers(10)) {
		t.Errorf("arrived %v", got)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	fill(t, db, "DC-LON", 1)
	asked := make(chan time.Time, 16)
	first := true
	tower.Answer(func([]webhook.Event) (int, http.Header) {
		asked <- time.Now()
		if !first {
			return 0, nil
		}
		first = false
		return http.StatusServiceUnavailable, http.Header{"Retry-After": {"1"}}
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	s := sender(t, db, tower, nil)
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	tower.Await(t, "the event", func(webhook.Event) bool { return true })
	stop()
	<-done
	if wait := -(<-asked).Sub(<-asked); wait < time.Second {
		t.Errorf("asked again after %s", wait)
	}
}

func TestRejectedEventsAreCountedAndDropped(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	fill(t, db, "DC-LON", 5)
	tower.Reject(func(e webhook.Event) bool { return e.Subject == "3" })
	s := sender(t, db, tower, nil)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if stats := s.Stats(); stats.Accepted != 4 || stats.Rejected != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func TestOneBadEventDoesNotStopTheOthers(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	fill(t, db, "DC-LON", 20)
	tower.Answer(func(events []webhook.Event) (int, http.Header) {
		if slices.ContainsFunc(events, func(e webhook.Event) bool { return e.Subject == "13" }) {
			return http.StatusBadRequest, nil
		}
		return 0, nil
	})
	s := sender(t, db, tower, nil)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(numbers(20), func(subject string) bool { return subject == "13" })
	if got := subjects(tower.Events()); !slices.Equal(got, want) {
		t.Errorf("arrived %v", got)
	}
	if stats := s.Stats(); stats.Rejected != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func TestHeldMessagesWait(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	fill(t, db, "DC-LON", 3)
	fill(t, db, "DC-GLA", 2)
	hold := outbox.Hold{DCs: []string{"DC-LON"}}
	s := sender(t, db, tower, func() outbox.Hold { return hold })
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if n := len(tower.Events()); n != 2 {
		t.Errorf("%d events while one DC was held", n)
	}
	hold = outbox.Hold{All: true}
	if err := drain(t, s); err != nil || len(tower.Events()) != 2 {
		t.Errorf("sent while everything was held: %v", err)
	}
	hold = outbox.Hold{}
	if err := drain(t, s); err != nil || len(tower.Events()) != 5 {
		t.Errorf("%d events after the hold: %v", len(tower.Events()), err)
	}
}

func TestResendRepeatsTheSameEvents(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	fill(t, db, "DC-LON", 7)
	s := sender(t, db, tower, nil)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if n := s.Resend(); n != 7 {
		t.Errorf("%d to send again", n)
	}
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if _, repeats := tower.Posts(); repeats != 7 || len(tower.Events()) != 7 {
		t.Errorf("%d repeats, %d events", repeats, len(tower.Events()))
	}
}
