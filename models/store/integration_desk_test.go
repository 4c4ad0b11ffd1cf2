package store_test

import (
	"os"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// integrationDesk is a database with a bad morning of a distributor's integration.
func integrationDesk(t *testing.T) *store.DB {
	t.Helper()
	db := storetest.New(t)
	if err := store.NewPartitions(db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
	sql, err := os.ReadFile("testdata/integration_desk.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(t.Context(), string(sql)); err != nil {
		t.Fatal(err)
	}
	return db
}

// lastMinutes ends with the current minute, so that its rollup is inside.
func lastMinutes(n int) models.Period {
	to := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
	return models.Period{From: to.Add(-time.Duration(n) * time.Minute), To: to}
}

func find[T any](t *testing.T, all []T, what string, is func(T) bool) T {
	t.Helper()
	for _, one := range all {
		if is(one) {
			return one
		}
	}
	t.Fatalf("%s is not among %+v", what, all)
	panic("unreachable")
}
