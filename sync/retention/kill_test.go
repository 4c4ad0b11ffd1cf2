package retention_test

import (
	"context"
	"fmt"
	"os"
	process "os/exec"
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/retention"
)

// The variables tell the test binary to be the process that is killed: on which
// database, and at what time.
const (
	childDSN = "RETENTION_CHILD_DSN"
	childNow = "RETENTION_CHILD_NOW"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childDSN); dsn != "" {
		if err := live(dsn, os.Getenv(childNow)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// live is one round at a time.
func live(dsn, at string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 2})
	if err != nil {
		return err
	}
	s, err := retention.New(threeDays(db, &clock{now: now}))
	if err != nil {
		return err
	}
	return s.RunOnce(ctx)
}

// TestKilledAtEachStatement kills the process at every statement with which
// partitions are made ahead, a day is counted and dropped with its part of the
// change log, and stubs and ids go: each day is in the log or told as taken, the
// books agree with their recount, and in the end all is as it is without a kill.
func TestKilledAtEachStatement(t *testing.T) {
	begin := time.Date(2031, 3, 10, 12, 0, 0, 0, time.UTC)
	c := &clock{now: begin.Add(4 * day)}
	undisturbed := storetest.New(t)
	grow(t, undisturbed, begin)
	run(t, newService(t, undisturbed, c))

	dsn := storetest.DSN(t)
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	grow(t, db, begin)
	stops := storetest.StopAtWrites(t, db)
	stops.AtTables(t)
	kills := stops.KillAtEach(t, func() *process.Cmd {
		child := process.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childDSN+"="+dsn, childNow+"="+c.now.Format(time.RFC3339))
		return child
	}, func(step int) string {
		wantWhole(t, db, step)
		return left(t, db)
	})
	if got, want := left(t, db), left(t, undisturbed); got != want {
		t.Errorf("after %d deaths retention left\n%s, without one\n%s", kills, got, want)
	}
}

// grow fills a database with a day that may go, a day before it without events,
// and stubs and an id that may go too.
func grow(t *testing.T, db *store.DB, begin time.Time) {
	t.Helper()
	run(t, newService(t, db, &clock{now: begin}))
	passedDay(t, db, begin)
	stubsOf(t, db, begin.AddDate(-3, 0, 0), 3)
	exec(t, db, `INSERT INTO event_keys (hash, fingerprint, seq, shard, received_at) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 0, '2028-01-01')`)
}

// wantWhole fails unless what stands after a kill is of whole transactions.
func wantWhole(t *testing.T, db *store.DB, step int) {
	t.Helper()
	if n := count(t, db, `SELECT count(*) FROM retired_days d JOIN pg_class c ON c.relname = 'events_' || to_char(d.day, 'YYYYMMDD')`); n != 0 {
		t.Errorf("killed at statement %d: %d days are told as taken and stand", step, n)
	}
	if n := count(t, db, `SELECT (SELECT count(*) FROM events) + (SELECT coalesce(sum(events), 0) FROM retired_entities)`); n != 3 {
		t.Errorf("killed at statement %d: of 3 events %d stand or are told as taken", step, n)
	}
	if n := count(t, db, `SELECT count(*) FROM pg_class WHERE relname ~ '^events_\d+$' AND NOT relispartition`); n != 0 {
		t.Errorf("killed at statement %d: %d tables are made and no part of the log", step, n)
	}
	books, err := store.NewBooks(db).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	recount, err := store.NewBooks(db).Audit(t.Context())
	if err != nil || fmt.Sprint(books) != fmt.Sprint(recount) || books.Total.Missing() != 0 {
		t.Errorf("killed at statement %d: the books say %+v, their recount %+v (%v)", step, books, recount, err)
	}
}

// left is what retention leaves and what it tells of the rest, but not when it did so.
func left(t *testing.T, db *store.DB) (text string) {
	t.Helper()
	err := db.Pool.QueryRow(t.Context(), `SELECT jsonb_build_object(
		'partitions', (SELECT jsonb_agg(inhrelid::regclass::text ORDER BY inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'events'::regclass),
		'days', (SELECT jsonb_agg(to_jsonb(r) - '{bytes,dropped_at,stubs_gone_at}'::text[] ORDER BY day) FROM retired_days r),
		'entities', (SELECT jsonb_agg(to_jsonb(r) ORDER BY day) FROM retired_entities r),
		'books', (SELECT jsonb_agg(to_jsonb(r)) FROM books_retired r),
		'horizons', (SELECT jsonb_agg(to_jsonb(h)) FROM change_horizons h),
		'removals', (SELECT jsonb_agg(to_jsonb(r) - '{day,at}'::text[] ORDER BY kind) FROM retention_removals r),
		'rows', jsonb_build_array((SELECT count(*) FROM events), (SELECT count(*) FROM changes), (SELECT count(*) FROM event_stubs),
			(SELECT count(*) FROM settled_events), (SELECT count(*) FROM event_keys)))::text`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
