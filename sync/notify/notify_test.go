package notify_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/notify"
)

const patience = 30 * time.Second

func newNotifier(t *testing.T, db *store.DB, every time.Duration) *notify.Notifier {
	t.Helper()
	n, err := notify.New(notify.Config{Hints: store.NewHints(db), Every: every, Poll: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return n
}

// listen hears from now on: the first hint, which says so, is taken.
func listen(t *testing.T, db *store.DB) <-chan models.Hint {
	t.Helper()
	l, err := notify.NewListener(notify.ListenerConfig{Hints: store.NewHints(db), Retry: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	hints := l.Listen(t.Context())
	if h := next(t, hints); !h.Resync {
		t.Fatalf("the first hint is %+v", h)
	}
	return hints
}

func next(t *testing.T, hints <-chan models.Hint) models.Hint {
	t.Helper()
	select {
	case h, open := <-hints:
		if !open {
			t.Fatal("the hints ended")
		}
		return h
	case <-time.After(patience):
		t.Fatal("no hint came")
	}
	return models.Hint{}
}

// until takes hints until one names a topic, and gives it.
func until(t *testing.T, hints <-chan models.Hint, topic models.Topic) models.Hint {
	t.Helper()
	for {
		if h := next(t, hints); slices.Contains(h.Topics, topic) {
			return h
		}
	}
}

func TestTouchedTopicsAreOneHint(t *testing.T) {
	db := storetest.New(t)
	hints := listen(t, db)
	n := newNotifier(t, db, time.Hour) // after the first, nothing for an hour
	n.Touch("first")
	first := until(t, hints, "first")
	for i := range 1000 {
		n.Touch(models.TopicDC("LON"), models.TopicDC(strconv.Itoa(i%7)))
	}
	select {
	case h := <-hints:
		t.Fatalf("told again within the hour: %+v", h)
	case <-time.After(200 * time.Millisecond):
	}
	if first.Seq == 0 {
		t.Error("a hint without a number")
	}
}

func TestWhatIsTouchedMeanwhileComesNext(t *testing.T) {
	db := storetest.New(t)
	hints := listen(t, db)
	n := newNotifier(t, db, 50*time.Millisecond)
	n.Touch("first")
	first := until(t, hints, "first")
	for range 500 {
		n.Touch("b", "a", "b")
	}
	h := until(t, hints, "a")
	if !slices.Contains(h.Topics, "b") || h.Seq <= first.Seq || slices.Contains(h.Topics, "first") {
		t.Errorf("%+v after %+v", h, first)
	}
}

func TestTheNotifierSeesWhatOthersDid(t *testing.T) {
	db := storetest.New(t)
	if err := store.NewPartitions(db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
	hints := listen(t, db)
	n := newNotifier(t, db, 10*time.Millisecond)
	n.Touch("ready") // its marks are taken once this is told
	until(t, hints, "ready")
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`WITH e AS (INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data)
			VALUES (1, 3, now(), now(), 'erp', 'e1', 'throughline.inventory.balance.v1', 'k', 'A1', 'LON', '{}') RETURNING *)
		INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
		SELECT shard, 'batch', seq, seq, 1, received_at, received_at, received_at, 0, 0, 0, received_at FROM e`)
	h := until(t, hints, models.TopicChain("A1", "LON"))
	for _, topic := range []models.Topic{models.TopicOverview, models.TopicBooks, models.TopicDC("LON")} {
		if !slices.Contains(h.Topics, topic) {
			t.Errorf("an applied event did not touch %s: %v", topic, h.Topics)
		}
	}
	_, err := store.NewExceptions(db).Report(t.Context(), models.SweepReport{At: time.Now(), Signals: []models.AssessedSignal{{
		Signal:   models.Signal{Code: models.ExceptionStockout, Key: "x", Title: "t", Happened: "h", AlsoTeam: models.TeamProcurement, Subject: models.ExceptionSubject{Item: "B2", DC: "MAN"}},
		Severity: models.Severity{Priority: models.PriorityP2, Consequence: models.ConsequenceEffect, Why: "w"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	h = until(t, hints, models.TopicTeam(models.TeamProcurement))
	for _, topic := range []models.Topic{models.TopicExceptions, models.TopicTeam(models.TeamPlanner), models.TopicDC("MAN"), models.TopicChain("B2", "MAN")} {
		if !slices.Contains(h.Topics, topic) {
			t.Errorf("an opened exception did not touch %s: %v", topic, h.Topics)
		}
	}
}

func TestALongListOfTopicsFits(t *testing.T) {
	db := storetest.New(t)
	hints := listen(t, db)
	n := newNotifier(t, db, 10*time.Millisecond)
	var topics []models.Topic
	for i := range 3000 {
		topics = append(topics, models.TopicChain(fmt.Sprintf("ITEM-%05d", i), "LON"))
	}
	n.Touch(topics...)
	seen := map[models.Topic]bool{}
	for len(seen) < len(topics) {
		h := next(t, hints)
		if h.Resync {
			return // more than the queue of one reader holds: everything is to be fetched
		}
		for _, topic := range h.Topics {
			seen[topic] = true
		}
	}
}

func TestAListenerHearsAgainAfterItsConnectionIsLost(t *testing.T) {
	db := storetest.New(t)
	hints := listen(t, db)
	_, err := db.Pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'`)
	if err != nil {
		t.Fatal(err)
	}
	for !next(t, hints).Resync {
	}
	newNotifier(t, db, 10*time.Millisecond).Touch("again")
	until(t, hints, "again")
}

func TestASlowReaderIsToldToFetchEverything(t *testing.T) {
	db := storetest.New(t)
	sender := store.NewHints(db)
	hints := listen(t, db)
	for i := range 200 { // more than the queue of one reader
		if err := sender.Send(t.Context(), []models.Topic{models.Topic(fmt.Sprint("t", i))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sender.Send(t.Context(), []models.Topic{"last"}); err != nil {
		t.Fatal(err)
	}
	resync, seen := false, map[models.Topic]bool{}
	for h := next(t, hints); ; h = next(t, hints) {
		resync = resync || h.Resync
		for _, topic := range h.Topics {
			seen[topic] = true
		}
		if slices.Contains(h.Topics, "last") || h.Resync && h.Seq >= 201 {
			break
		}
	}
	if !resync && len(seen) < 201 {
		t.Errorf("%d of 201 hints came, and nothing said that the others were dropped", len(seen))
	}
}

func TestTheHintsEndWithTheContext(t *testing.T) {
	db := storetest.New(t)
	l, err := notify.NewListener(notify.ListenerConfig{Hints: store.NewHints(db)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hints := l.Listen(ctx)
	next(t, hints)
	cancel()
	for range hints {
	}
}
