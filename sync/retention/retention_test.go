package retention_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/retention"
)

const day = 24 * time.Hour

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newService(t *testing.T, db *store.DB, c *clock) *retention.Service {
	t.Helper()
	s, err := retention.New(threeDays(db, c))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// threeDays keeps the log for so long, and all else for its default.
func threeDays(db *store.DB, c *clock) retention.Config {
	return retention.Config{DB: db, Keep: models.Retention{models.KeptLog: 3 * day}, Now: c.Now, Logger: slog.New(slog.DiscardHandler)}
}

func run(t *testing.T, s *retention.Service) {
	t.Helper()
	if err := s.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, db *store.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func partitions(t *testing.T, db *store.DB) (names []string) {
	t.Helper()
	days, err := store.NewPartitions(db).Older(t.Context(), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range days {
		names = append(names, d.Format(time.DateOnly))
	}
	return names
}

// passedDay is the log after shard 0 has received and applied three events at an instant, one of them superseded.
func passedDay(t *testing.T, db *store.DB, at time.Time) {
	t.Helper()
	for _, id := range []string{"a", "b", "c"} {
		exec(t, db, `INSERT INTO events (shard, received_at, occurred_at, source, event_id, type, key, data)
			VALUES (0, $1, $1, 'erp', $2, 'throughline.item.changed.v1', 'item:a', '{}')`, at, id)
	}
	exec(t, db, `INSERT INTO books_received (source, lane, received) VALUES ('erp', 'realtime', 3)`)
	exec(t, db, `INSERT INTO settled_events (seq, shard, source, outcome, reason) VALUES (2, 0, 'erp', 'superseded', 'old')`)
	exec(t, db, `INSERT INTO books_decided (source, shard, applied, superseded) VALUES ('erp', 0, 2, 1)`)
	exec(t, db, `INSERT INTO changes (shard, kind, from_seq, to_seq, left_out, events, first_received, last_received, started_at,
			transform_us, reference_us, apply_us, applied_at) VALUES (0, 'batch', 1, 3, '{2}', 2, $1, $1, $1, 0, 0, 0, $1)`, at)
	exec(t, db, `UPDATE shard_cursors SET seq = 3, day = $1::date WHERE shard = 0`, at)
}

// TestOldLatencyIsFolded has a minute of a bulk load and one of each of three hours.
func TestOldLatencyIsFolded(t *testing.T) {
	db := storetest.New(t)
	c := &clock{now: time.Date(2031, 3, 10, 12, 30, 0, 0, time.UTC)}
	hist, err := (&models.Histogram{}).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		ago   time.Duration
		shard int
	}{{50 * time.Hour, 8}, {49 * time.Hour, 0}, {25 * time.Hour, 0}, {24 * time.Hour, 0}} {
		exec(t, db, `INSERT INTO latency_rollups (minute, dc, entity, stage, shard, count, sum_us, max_us, hist) VALUES ($1, 'LON', 'inventory', 'total', $2, 0, 0, 0, $3)`,
			c.now.Add(-m.ago), m.shard, hist)
	}
	run(t, newService(t, db, c))
	run(t, newService(t, db, c))
	var hours []time.Time
	if err := db.Pool.QueryRow(t.Context(), `SELECT array_agg(hour ORDER BY hour) FROM latency_hour_spreads`).Scan(&hours); err != nil {
		t.Fatal(err)
	}
	if len(hours) != 2 || !hours[0].Equal(time.Date(2031, 3, 8, 11, 0, 0, 0, time.UTC)) || !hours[1].Equal(time.Date(2031, 3, 9, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("the hours of %v are folded", hours)
	}
}

func TestPartitionsStandReadyAheadAndGoBehind(t *testing.T) {
	db := storetest.New(t)
	c := &clock{now: time.Date(2031, 3, 10, 12, 0, 0, 0, time.UTC)}
	s := newService(t, db, c)
	run(t, s)
	if got, want := fmt.Sprint(partitions(t, db)), "[2031-03-09 2031-03-10 2031-03-11 2031-03-12 2031-03-13]"; got != want {
		t.Fatalf("partitions %s, want %s", got, want)
	}
	passedDay(t, db, c.now)
	c.now = c.now.Add(5 * day)
	run(t, s)
	if got := partitions(t, db)[0]; got != "2031-03-12" {
		t.Fatalf("the oldest partition is of %s, want the day three days ago", got)
	}
	books, err := store.NewBooks(db).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	recount, err := store.NewBooks(db).Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(books) != fmt.Sprint(recount) || books.Total.Applied != 2 || books.Total.Missing() != 0 {
		t.Fatalf("after the drop the books say %+v, their recount %+v", books, recount)
	}
	report, err := store.NewRetention(db, nil).Report(t.Context())
	if err != nil || len(report[0].Entities) != 1 || report[0].Entities[0] != (models.EntityGone{Entity: "item", Events: 3, Day: time.Date(2031, 3, 10, 0, 0, 0, 0, time.UTC)}) {
		t.Errorf("of the log went %+v (%v)", report[0].Entities, err)
	}
}

func TestNothingIsDroppedThatIsStillNeeded(t *testing.T) {
	begin := time.Date(2031, 3, 10, 12, 0, 0, 0, time.UTC)
	for name, need := range map[string]func(t *testing.T, db *store.DB){
		"a consumer is behind": func(t *testing.T, db *store.DB) {
			if err := store.NewChanges(db).Register(t.Context(), "slow", false); err != nil {
				t.Fatal(err)
			}
		},
		"a shard is behind": func(t *testing.T, db *store.DB) {
			exec(t, db, `UPDATE shard_cursors SET seq = 2 WHERE shard = 0`)
			exec(t, db, `UPDATE books_decided SET applied = 1`)
		},
		"a recount differs from the books": func(t *testing.T, db *store.DB) {
			recounted(t, db, booksOff())
		},
		"the books do not balance": func(t *testing.T, db *store.DB) {
			exec(t, db, `UPDATE books_decided SET applied = 1`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.New(t)
			c := &clock{now: begin}
			s := newService(t, db, c)
			run(t, s)
			passedDay(t, db, begin)
			need(t, db)
			c.now = begin.Add(10 * day)
			run(t, s)
			if n := count(t, db, `SELECT count(*) FROM events`); n != 3 {
				t.Fatalf("%d of 3 events are left", n)
			}
		})
	}
}

// recounted reports that a recount of the books of erp differs, or that none does any more.
func recounted(t *testing.T, db *store.DB, signals ...models.AssessedSignal) {
	t.Helper()
	_, err := store.NewExceptions(db).Report(t.Context(), models.SweepReport{
		Codes: []models.ExceptionCode{models.ExceptionBooksOff}, Signals: signals, At: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func booksOff() models.AssessedSignal {
	return models.AssessedSignal{
		Signal:   models.Signal{Code: models.ExceptionBooksOff, Key: "erp", Title: "The books of erp do not balance", Subject: models.ExceptionSubject{Source: "erp"}},
		Severity: models.Severity{Priority: models.PriorityP1, Consequence: models.ConsequenceStop, Why: "because"},
	}
}

// TestNothingIsTakenWhileARecountDiffers lets stubs and ids grow old: they stay
// until the books are right, also when somebody resolved the exception by hand.
func TestNothingIsTakenWhileARecountDiffers(t *testing.T) {
	db := storetest.New(t)
	c := &clock{now: time.Date(2031, 3, 10, 12, 0, 0, 0, time.UTC)}
	s := newService(t, db, c)
	stubsOf(t, db, c.now.AddDate(-3, 0, 0), 3)
	exec(t, db, `INSERT INTO event_keys (hash, fingerprint, seq, shard, received_at) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 0, '2028-01-01')`)
	left := func() int {
		return count(t, db, `SELECT (SELECT count(*) FROM event_stubs) + (SELECT count(*) FROM event_keys)`)
	}
	recounted(t, db, booksOff())
	run(t, s)
	exec(t, db, `UPDATE exceptions SET state = 'resolved', resolved_at = now(), resolution = 'It is fine.'`)
	run(t, s)
	if n := left(); n != 4 {
		t.Fatalf("%d of 4 rows are left while a recount differs", n)
	}
	recounted(t, db)
	run(t, s)
	if n := left(); n != 0 {
		t.Errorf("%d rows are left after the books were put right", n)
	}
}

func count(t *testing.T, db *store.DB, sql string) (n int) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
