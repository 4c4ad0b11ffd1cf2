package eventlog

import (
	"context"
	"fmt"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

const patience = time.Minute // for what must happen, on a busy machine

func newDB(t testing.TB) *store.DB {
	t.Helper()
	db := storetest.New(t)
	ensurePartitions(t, db)
	return db
}

func ensurePartitions(t testing.TB, db *store.DB) {
	t.Helper()
	if err := store.NewPartitions(db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
}

func startAppender(t testing.TB, cfg Config) *Appender {
	t.Helper()
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return a
}

func entry(source, id string, version int) store.Entry {
	return NewEntry(models.Event{
		Source: source, ID: id, Type: models.TypeBalance, Key: "inventory:A|" + id, Item: "A", DC: id,
		OccurredAt: time.Now(), Data: fmt.Sprintf(`{"item":"A","dc":%q,"version":%d}`, id, version),
	}, testShards)
}

func entries(source, prefix string, n int) []store.Entry {
	list := make([]store.Entry, n)
	for i := range list {
		list[i] = entry(source, fmt.Sprintf("%s-%d", prefix, i), 1)
	}
	return list
}

func mustAppend(t testing.TB, a *Appender, list ...store.Entry) []Outcome {
	t.Helper()
	outcomes, err := a.Append(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

func queryInt(t testing.TB, db *store.DB, sql string, args ...any) (n int) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
