package eventlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

func TestAppendTellsNewFromKnownFromConflicting(t *testing.T) {
	db := newDB(t)
	a := startAppender(t, Config{Log: store.NewLog(db)})
	first := mustAppend(t, a, entry("erp", "1", 1))[0]
	got := mustAppend(t, a,
		entry("erp", "1", 1), // again
		entry("erp", "2", 1), // new
		entry("erp", "2", 1), // again, in the same request
		entry("erp", "1", 2), // another content
		entry("wms", "1", 1), // another source
		entry("erp", "3", 1), // new
		entry("erp", "3", 2), // another content, in the same request
	)
	want := []models.IntakeStatus{
		models.IntakeDuplicate, models.IntakeAccepted, models.IntakeDuplicate, models.IntakeConflict,
		models.IntakeAccepted, models.IntakeAccepted, models.IntakeConflict,
	}
	for i := range want {
		if got[i].Status != want[i] || got[i].Seq == 0 {
			t.Errorf("event %d is %+v, want %s", i, got[i], want[i])
		}
	}
	if got[0].Seq != first.Seq || got[2].Seq != got[1].Seq {
		t.Errorf("duplicates do not name the first: %v after %v", got, first)
	}
	again := mustAppend(t, a, entry("erp", "1", 2))[0]
	if again.Status != models.IntakeConflict {
		t.Errorf("the conflicting content again is %s", again.Status)
	}
	if n := queryInt(t, db, `SELECT count(*) FROM events`); n != 6 {
		t.Errorf("%d rows in the log, want 6", n)
	}
	if n := queryInt(t, db, `SELECT count(*) FROM events WHERE conflict`); n != 2 {
		t.Errorf("%d conflicting rows, want 2", n)
	}
	if n := queryInt(t, db, `SELECT sum(received) FROM books_received`); n != 6 {
		t.Errorf("the books received %d, want 6", n)
	}
	if n := queryInt(t, db, `SELECT sum(duplicate) FROM books_received`); n != 3 {
		t.Errorf("the books have %d duplicates, want 3", n)
	}
}

func TestAppendKeepsTheOrderOfARequest(t *testing.T) {
	db := newDB(t)
	log := store.NewLog(db)
	a := startAppender(t, Config{Log: log})
	var list []store.Entry
	for i := range 300 {
		e := entry("erp", strconv.Itoa(i), 1)
		e.Key, e.Shard = "inventory:A|LON", 3
		list = append(list, e)
	}
	outcomes := mustAppend(t, a, list...)
	if !slices.IsSortedFunc(outcomes, func(a, b Outcome) int { return int(a.Seq - b.Seq) }) {
		t.Error("the sequence does not follow the request")
	}
	events, err := log.Read(t.Context(), map[int16]store.Cursor{3: {}}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		if e.ID != strconv.Itoa(i) || e.Data != list[i].Data || e.Seq != outcomes[i].Seq || e.ReceivedAt.IsZero() {
			t.Fatalf("event %d reads back as %+v", i, e)
		}
	}
	if len(events) != len(list) {
		t.Errorf("%d of %d events read back", len(events), len(list))
	}
}

// TestManyAppendersStoreEachEventOnce sends the same events from several
// appenders with pools of their own, as several processes would, while a reader
// follows by cursor.
func TestManyAppendersStoreEachEventOnce(t *testing.T) {
	const writers, requests, each = 3, 12, 20
	dsn := storetest.DSN(t)
	var dbs []*store.DB
	for range writers {
		db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 3})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		dbs = append(dbs, db)
	}
	ensurePartitions(t, dbs[0])
	var accepted sync.Map
	var wg sync.WaitGroup
	for _, db := range dbs {
		a := startAppender(t, Config{Log: store.NewLog(db)})
		for r := range requests {
			wg.Go(func() {
				list := entries("erp", fmt.Sprint("r", r), each)
				outcomes, err := a.Append(t.Context(), list)
				if err != nil {
					t.Error(err)
					return
				}
				for i, o := range outcomes {
					if o.Status == models.IntakeAccepted {
						if _, twice := accepted.LoadOrStore(list[i].ID, o.Seq); twice {
							t.Errorf("%s was accepted twice", list[i].ID)
						}
					}
				}
			})
		}
	}
	seen := follow(t, store.NewLog(dbs[0]), requests*each)
	wg.Wait()
	for id := range seen {
		if _, ok := accepted.Load(id); !ok {
			t.Errorf("%s is in the log and was not accepted", id)
		}
	}
	if n := queryInt(t, dbs[0], `SELECT sum(received) FROM books_received`); n != requests*each {
		t.Errorf("the books received %d of %d", n, requests*each)
	}
	if n := queryInt(t, dbs[0], `SELECT sum(duplicate) FROM books_received`); n != requests*each*(writers-1) {
		t.Errorf("the books have %d duplicates of %d", n, requests*each*(writers-1))
	}
}

// follow reads all shards by cursor until it has seen n events, each once.
func follow(t *testing.T, log *store.Log, n int) map[string]bool {
	t.Helper()
	cursors := make([]int64, testShards.Total())
	seen := map[string]bool{}
	storetest.Eventually(t, "the reader seeing every event", func() bool {
		for shard := range cursors {
			events, err := log.Read(t.Context(), map[int16]store.Cursor{int16(shard): {Seq: cursors[shard], Day: time.Now()}}, 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if seen[e.ID] || e.Seq <= cursors[shard] {
					t.Fatalf("%s came twice or out of order", e.ID)
				}
				seen[e.ID] = true
				cursors[shard] = e.Seq
			}
		}
		return len(seen) == n
	})
	return seen
}

func TestMixedLanesAreAnsweredInOrder(t *testing.T) {
	db := newDB(t)
	signal := NewSignal(testShards.Total())
	var told []<-chan struct{}
	for shard := range int16(testShards.Total()) {
		told = append(told, signal.C(shard))
	}
	a := startAppender(t, Config{Log: store.NewLog(db), Signal: signal})
	list := entries("erp", "x", 4)
	for i := range list {
		if i%2 == 1 {
			list[i] = NewEntry(models.Event{Source: "erp", ID: fmt.Sprint("h", i), Type: models.TypeSalesHistory, Key: "history:A|LON", Data: `{}`}, testShards)
		}
	}
	for i, o := range mustAppend(t, a, list...) {
		if lane := queryInt(t, db, `SELECT shard FROM events WHERE seq = $1`, o.Seq); int16(lane) != list[i].Shard {
			t.Errorf("event %d got the number of another", i)
		}
		select {
		case <-told[list[i].Shard]:
		default:
			if i < 2 {
				t.Errorf("nobody told the readers of shard %d", list[i].Shard)
			}
		}
	}
	heads, err := store.NewLog(db).Heads(t.Context())
	if err != nil || len(heads) < 2 {
		t.Errorf("the heads are %v, %v", heads, err)
	}
}

// blockedLog holds every commit until it is released.
type blockedLog struct {
	Log
	entered chan struct{}
	release chan struct{}
}

func (b *blockedLog) Append(ctx context.Context, _ models.Lane, list []store.Entry) (map[store.Digest]int64, error) {
	b.entered <- struct{}{}
	select {
	case <-b.release:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	fresh := map[store.Digest]int64{}
	for i := range list {
		fresh[list[i].Hash] = int64(i + 1)
	}
	return fresh, nil
}

func TestFullQueueIsUnavailableWithAPause(t *testing.T) {
	log := &blockedLog{entered: make(chan struct{}, 8), release: make(chan struct{})}
	a := startAppender(t, Config{Log: log, MaxQueue: 10})
	results := make(chan error, 2)
	appendAsync := func(name string, n int) {
		go func() {
			_, err := a.Append(t.Context(), entries("erp", name, n))
			results <- err
		}()
	}
	appendAsync("running", 5)
	<-log.entered
	appendAsync("waiting", 10)
	storetest.Eventually(t, "the queue being full", func() bool {
		a.realtime.mu.Lock()
		defer a.realtime.mu.Unlock()
		return a.realtime.waiting.events == 10
	})
	_, err := a.Append(t.Context(), entries("erp", "refused", 1))
	var coded *models.Error
	if !errors.As(err, &coded) || coded.Code != models.CodeUnavailable || coded.RetryAfter <= 0 {
		t.Errorf("a full queue answers %v", err)
	}
	close(log.release)
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestStopAnswersEveryone(t *testing.T) {
	log := &blockedLog{entered: make(chan struct{}, 8), release: make(chan struct{})}
	a, err := New(Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 2)
	for _, name := range []string{"running", "waiting"} {
		go func() {
			_, err := a.Append(t.Context(), entries("erp", name, 1))
			results <- err
		}()
		if name == "running" {
			<-log.entered
		}
	}
	storetest.Eventually(t, "the second request waiting", func() bool {
		a.realtime.mu.Lock()
		defer a.realtime.mu.Unlock()
		return a.realtime.waiting.events == 1
	})
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-results; models.CodeOf(err) != models.CodeUnavailable {
			t.Errorf("a stopped appender answers %v", err)
		}
	}
	if _, err := a.Append(t.Context(), entries("erp", "late", 1)); models.CodeOf(err) != models.CodeUnavailable {
		t.Errorf("an append after the stop answers %v", err)
	}
}

func TestOneBadRequestDoesNotSpoilTheOthers(t *testing.T) {
	db := newDB(t)
	log := &gatedLog{Log: store.NewLog(db), entered: make(chan struct{}, 8), gate: make(chan struct{})}
	a := startAppender(t, Config{Log: log})
	bad := entry("erp", "bad", 1)
	bad.Subject = "\x00"
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = a.Append(t.Context(), entries("erp", "first", 1)) })
	<-log.entered // or all three might be one commit, and none would wait
	var goodErr, badErr error
	wg.Go(func() { _, goodErr = a.Append(t.Context(), entries("erp", "good", 3)) })
	wg.Go(func() { _, badErr = a.Append(t.Context(), []store.Entry{bad}) })
	storetest.Eventually(t, "both requests waiting or running", func() bool {
		a.realtime.mu.Lock()
		defer a.realtime.mu.Unlock()
		return a.realtime.waiting.events >= 1
	})
	close(log.gate)
	wg.Wait()
	if goodErr != nil || models.CodeOf(badErr) != models.CodeInternal {
		t.Errorf("good: %v, bad: %v", goodErr, badErr)
	}
	if n := queryInt(t, db, `SELECT count(*) FROM events`); n != 4 {
		t.Errorf("%d events stored, want 4", n)
	}
}

// gatedLog starts no commit before its gate opens.
type gatedLog struct {
	Log
	entered chan struct{}
	gate    chan struct{}
}

func (g *gatedLog) Append(ctx context.Context, lane models.Lane, list []store.Entry) (map[store.Digest]int64, error) {
	g.entered <- struct{}{}
	<-g.gate
	return g.Log.Append(ctx, lane, list)
}

func TestDatabaseDownIsUnavailableAndHeals(t *testing.T) {
	server := storetest.Server(t)
	db := server.Open()
	ensurePartitions(t, db)
	a := startAppender(t, Config{Log: store.NewLog(db), CommitTimeout: 2 * time.Second})
	mustAppend(t, a, entry("erp", "before", 1))
	server.Stop()
	_, err := a.Append(t.Context(), entries("erp", "during", 1))
	var coded *models.Error
	if !errors.As(err, &coded) || coded.Code != models.CodeUnavailable || coded.RetryAfter <= 0 {
		t.Fatalf("without a database: %v", err)
	}
	server.Start()
	storetest.Eventually(t, "an append after the restart", func() bool {
		_, err := a.Append(t.Context(), entries("erp", "during", 1))
		return err == nil
	})
	if n := queryInt(t, db, `SELECT count(*) FROM events`); n != 2 {
		t.Errorf("%d events stored, want 2", n)
	}
}
