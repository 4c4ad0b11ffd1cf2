package retention_test

import (
	"log/slog"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/retention"
)

// stubsOf leaves stubs of a day that retention took.
func stubsOf(t *testing.T, db *store.DB, at time.Time, n int) {
	t.Helper()
	exec(t, db, `INSERT INTO event_stubs (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, refs)
		SELECT coalesce((SELECT max(seq) FROM event_stubs), 0) + n, 0, $1, $1, 'erp', 'e' || n, 'throughline.receipt.posted.v1', '', 'k', '', '', '', '{}'
		FROM generate_series(1, $2::int) n`, at, n)
	exec(t, db, `INSERT INTO retired_days (day, events, first_seq, last_seq, stubs, bytes, dropped_at)
		SELECT $1::timestamptz::date, $2, min(seq), max(seq), $2, 0, now() - interval '1 day' FROM event_stubs WHERE received_at = $1`, at, n)
}

func stubsLeft(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM event_stubs`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStubsGoAtTheirAge(t *testing.T) {
	db := storetest.New(t)
	c := &clock{now: time.Date(2031, 3, 10, 12, 0, 0, 0, time.UTC)}
	s, err := retention.New(retention.Config{DB: db, Keep: models.Retention{models.KeptLog: 3 * day, models.KeptStubs: 100 * day}, Now: c.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	old, edge := c.now.Add(-101*day), c.now.Add(-100*day)
	stubsOf(t, db, old, 3)
	stubsOf(t, db, edge, 2)
	run(t, s)
	if n := stubsLeft(t, db); n != 2 {
		t.Fatalf("%d stubs are left, want those of the day that is as old as they may be", n)
	}
	days, err := store.NewPartitions(db).Retired(t.Context(), 10)
	if err != nil || len(days) != 2 || days[0].Day.Format(time.DateOnly) != old.Format(time.DateOnly) || days[0].StubsGone != 3 || days[0].StubsGoneAt == nil || days[1].StubsGoneAt != nil {
		t.Errorf("told is %+v, %v", days, err)
	}
	c.now = c.now.Add(day)
	run(t, s)
	if n := stubsLeft(t, db); n != 0 {
		t.Errorf("%d stubs are left a day later", n)
	}
}

func TestStubsGoInBatches(t *testing.T) {
	db := storetest.New(t)
	at := time.Date(2028, 3, 10, 12, 0, 0, 0, time.UTC)
	stubsOf(t, db, at, 5)
	partitions := store.NewPartitions(db)
	for _, want := range []int64{2, 2, 1, 0} {
		if n, err := partitions.DropStubs(t.Context(), at.AddDate(0, 0, 1), 2); err != nil || n != want {
			t.Fatalf("%d stubs went (%v), want %d", n, err, want)
		}
	}
	days, err := partitions.Retired(t.Context(), 1)
	if err != nil || days[0].StubsGone != 5 {
		t.Errorf("told is %+v, %v", days, err)
	}
}

func TestEachKindHasADefaultAndALeastTime(t *testing.T) {
	cfg := retention.Config{DB: storetest.New(t)}
	if err := cfg.Validate(); err != nil || cfg.Keep[models.KeptStubs] != 730*day || len(cfg.Keep) != len(models.Keepings()) {
		t.Errorf("%v, %v", cfg.Keep, err)
	}
	for kind, short := range map[models.Kept]time.Duration{models.KeptStubs: day, models.KeptLog: time.Hour, models.KeptIDs: 89 * day, models.KeptMovements: -day} {
		cfg := retention.Config{DB: cfg.DB, Keep: models.Retention{kind: short}}
		if err := cfg.Validate(); err == nil {
			t.Errorf("%s are kept for %s", kind, short)
		}
	}
}
