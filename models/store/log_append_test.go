package store_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

const patience = time.Minute // for what must happen, on a busy machine

func ensurePartitions(t testing.TB, db *store.DB) {
	t.Helper()
	if err := store.NewPartitions(db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
}

func oneEntry(id string) []store.Entry {
	sum := sha256.Sum256([]byte(id))
	return []store.Entry{{
		Event: models.Event{
			Source: id, ID: id, Type: models.TypeBalance, Key: "inventory:A|LON", OccurredAt: time.Now(), Data: "{}",
		},
		Hash: store.Digest(sum[:16]), Fingerprint: store.Digest(sum[16:]),
	}}
}

// waitForLaneLock returns when an append waits for another one's commit.
func waitForLaneLock(t *testing.T, db *store.DB, finished <-chan error) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-finished:
			t.Fatalf("the second append overtook the first (%v): its numbers are visible, lower ones are still to come", err)
		case <-deadline:
			t.Fatal("the second append neither waits nor ends")
		case <-tick.C:
		}
		var waits bool
		err := db.Pool.QueryRow(t.Context(),
			`
			SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
				WHERE locktype = 'advisory' AND NOT granted AND d.datname = current_database())`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
		if waits {
			return
		}
	}
}

// TestSequenceBecomesVisibleInOrder holds one append open between insert and
// commit: without the lane's lock a second one would commit higher numbers
// first, and a reader that has seen those would never see the others.
func TestSequenceBecomesVisibleInOrder(t *testing.T) {
	db := storetest.New(t)
	ensurePartitions(t, db)
	log := store.NewLog(db)
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if err := log.AppendIn(t.Context(), tx.Conn(), models.LaneRealtime, oneEntry("slow")); err != nil {
		t.Fatal(err)
	}
	finished := make(chan error)
	go func() {
		_, err := log.Append(t.Context(), models.LaneRealtime, oneEntry("fast"))
		finished <- err
	}()
	waitForLaneLock(t, db, finished)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-finished; err != nil {
		t.Fatal(err)
	}
	var backwards int
	err = db.Pool.QueryRow(t.Context(), `
		SELECT count(*) FROM events a JOIN events b ON a.seq < b.seq AND a.received_at > b.received_at`).Scan(&backwards)
	if err != nil || backwards != 0 {
		t.Errorf("the later number was stamped earlier (%v)", err)
	}
}

// TestLanesDoNotWaitForEachOther: a bulk load must not hold up a goods receipt.
func TestLanesDoNotWaitForEachOther(t *testing.T) {
	db := storetest.New(t)
	ensurePartitions(t, db)
	log := store.NewLog(db)
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if err := log.AppendIn(t.Context(), tx.Conn(), models.LaneBulk, oneEntry("history")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := log.Append(ctx, models.LaneRealtime, oneEntry("receipt")); err != nil {
		t.Fatalf("the realtime lane waited for the bulk lane: %v", err)
	}
}
