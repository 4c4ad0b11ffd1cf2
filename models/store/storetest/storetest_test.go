package storetest_test

import (
	"context"
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

func count(t *testing.T, db *store.DB, sql string) int {
	t.Helper()
	var n int
	if err := db.Pool.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEachDatabaseIsMigratedAndItsOwn(t *testing.T) {
	t.Parallel()
	one, two := storetest.New(t), storetest.New(t)
	if _, err := one.Pool.Exec(t.Context(), "CREATE TABLE mine ()"); err != nil {
		t.Fatal(err)
	}
	const mine = "SELECT count(*) FROM pg_class WHERE relname = 'mine'"
	if count(t, one, mine) != 1 || count(t, two, mine) != 0 {
		t.Error("two tests share a database")
	}
	if count(t, two, "SELECT count(*) FROM pg_class WHERE relname = 'events'") != 1 {
		t.Error("the database is not migrated")
	}
}

func TestDatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	watcher := storetest.New(t)
	var name string
	t.Run("inner", func(t *testing.T) {
		db := storetest.New(t)
		if err := db.Pool.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
			t.Fatal(err)
		}
	})
	if count(t, watcher, "SELECT count(*) FROM pg_database WHERE datname = '"+name+"'") != 0 {
		t.Errorf("database %s outlives its test", name)
	}
}

func TestCommitsWaitForTheLog(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	if count(t, db, "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'on'") != 1 {
		t.Error("synchronous_commit is not on: invariant 1 cannot be tested")
	}
}

func TestPrivateServerKeepsItsDataOverStopAndCrash(t *testing.T) {
	t.Parallel()
	server := storetest.Server(t)
	db := server.Open()
	if _, err := db.Pool.Exec(t.Context(), "CREATE TABLE kept AS SELECT 1"); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if err := db.Pool.Ping(t.Context()); err == nil || !store.IsUnavailable(err) {
		t.Errorf("error from a stopped server is %v", err)
	}
	server.Start()
	started := awaitStart(t, db, time.Time{})
	server.Crash()
	awaitStart(t, db, started)
	if count(t, db, "SELECT count(*) FROM kept") != 1 {
		t.Error("committed data is lost")
	}
}

// awaitStart polls until a server answers that was started after the given time,
// and returns when it was. A crashed server's last connections live a moment.
func awaitStart(t *testing.T, db *store.DB, after time.Time) (started time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.Pool.QueryRow(ctx, "SELECT pg_postmaster_start_time()").Scan(&started)
		if err == nil && started.After(after) {
			return started
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the server does not come back: %v", err)
		}
	}
}
