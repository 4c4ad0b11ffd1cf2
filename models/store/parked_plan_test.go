package store

import (
	"encoding/json"
	"testing"
	"time"

	"throughline/models"
)

// GroupsBuffers is how many buffers Postgres touches to list the groups.
func GroupsBuffers(t testing.TB, db *DB, q models.ParkedFilter, now time.Time) int64 {
	t.Helper()
	return buffers(t, db, groupsSQL(), q.State, nil, q.Code, q.Source, q.DC, 100, now.UTC(), nil, nil, namedInList+1)
}

// ConditionBuffers is what the watch's look at what is parked touches.
func ConditionBuffers(t testing.TB, db *DB) int64 {
	t.Helper()
	return buffers(t, db, parkedGroups, conditionLimit)
}

func buffers(t testing.TB, db *DB, sql string, args ...any) int64 {
	t.Helper()
	var text string
	err := db.Pool.QueryRow(t.Context(), `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) `+sql, args...).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	var plans []struct {
		Plan struct {
			Hit  int64 `json:"Shared Hit Blocks"`
			Read int64 `json:"Shared Read Blocks"`
		}
	}
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan.Hit + plans[0].Plan.Read
}
