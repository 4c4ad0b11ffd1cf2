package store

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// GroupsBuffers is how many buffers Postgres touches to list the groups
// without the folded kinds.
func GroupsBuffers(t testing.TB, db *DB, q models.ParkedFilter, now time.Time, folded ...models.ParkedKind) int64 {
	t.Helper()
	codes, sources := make([]string, len(folded)), make([]string, len(folded))
	for i, k := range folded {
		codes[i], sources[i] = k.Code, k.Source
	}
	return buffers(t, db, groupsSQL(models.Sorting{}), q.State, nil, q.Code, q.Source, q.DC, 100, now.UTC(), nil, nil, namedInList+1, codes, sources)
}

// KindsBuffers is how many it touches to count the kinds that have more causes than so many.
func KindsBuffers(t testing.TB, db *DB, q models.ParkedFilter, now time.Time, moreThan int) int64 {
	t.Helper()
	return buffers(t, db, kindsSQL, q.State, nil, q.Code, q.Source, q.DC, moreThan, now.UTC(), nil, nil, namedInList+1)
}

// SummaryBuffers is how many it touches to count what stands.
func SummaryBuffers(t testing.TB, db *DB, q models.ParkedFilter, now time.Time) int64 {
	t.Helper()
	return buffers(t, db, summarySQL, q.State, nil, q.Code, q.Source, q.DC, now.UTC(), nil, nil)
}

// ConditionBuffers is what the watch's look at what is parked touches.
func ConditionBuffers(t testing.TB, db *DB) int64 {
	t.Helper()
	return buffers(t, db, parkedGroups, conditionLimit)
}

// FollowBuffers is what those who follow the log touch for what shards took after
// a change each: the hints, the state of the routes, and a page of a comparison.
func FollowBuffers(t testing.TB, db *DB, shards []int16, from, to []int64) map[string]int64 {
	t.Helper()
	return map[string]int64{
		"how much moved": buffers(t, db, movedEvents, shards, from, to),
		"what moved":     buffers(t, db, touchedKeys, shards, from, to, namedChains),
		"routes":         buffers(t, db, `SELECT sum(ch.events) FROM consumer_cursors cc`+aheadOfCursor+` WHERE cc.consumer = 'route:x'`),
		"comparison":     buffers(t, db, pendingKeys, []string{"I1"}, []string{"D1"}),
	}
}

// HolesBuffers is what telling the holes of a series anew touches.
func HolesBuffers(t testing.TB, db *DB, source, series string, now time.Time) int64 {
	t.Helper()
	return buffers(t, db, tellHolesSQL, []string{source}, []string{series}, now)
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

// RecountRows is how many rows a recount of the books takes into its hands, those
// that it throws away again included, when the planner thinks little of an index.
func RecountRows(t testing.TB, db *DB) int64 {
	t.Helper()
	var text string
	err := pgx.BeginFunc(t.Context(), db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET LOCAL enable_nestloop = off`); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), `EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) `+recountSQL+sumBySource).Scan(&text)
	})
	if err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	return int64(plans[0].Plan.rows())
}

// planNode has the counts of a node, which Postgres 18 writes with decimals.
type planNode struct {
	Rows    float64 `json:"Actual Rows"` // of a loop
	Loops   float64 `json:"Actual Loops"`
	Joined  float64 `json:"Rows Removed by Join Filter"`
	Removed float64 `json:"Rows Removed by Filter"`
	Plans   []planNode
}

func (n planNode) rows() float64 {
	sum := n.Loops * (n.Rows + n.Joined + n.Removed)
	for _, below := range n.Plans {
		sum += below.rows()
	}
	return sum
}

// AuditBuffers is what a page of the audit trail touches, by how it is narrowed;
// early is a moment far from its end.
func AuditBuffers(t testing.TB, db *DB, early time.Time) map[string]int64 {
	t.Helper()
	page := func(f models.AuditFilter, after string) int64 {
		sql, args, err := auditPage(f, after, 50)
		if err != nil {
			t.Fatal(err)
		}
		return buffers(t, db, sql, args...)
	}
	by := func(column string) models.AuditFilter { return models.AuditFilter{By: models.Sorting{Key: column}} }
	at := early.Format(time.RFC3339)
	return map[string]int64{
		"the newest":                page(models.AuditFilter{}, ""),
		"a later page":              page(models.AuditFilter{}, `["newest","`+at+`","1"]`),
		"the oldest first":          page(by("when"), ""),
		"by person":                 page(by("who"), `["who","bob","`+at+`","1"]`),
		"by action":                 page(by("what"), `["what","exception.resolve","`+at+`","1"]`),
		"by subject":                page(by("about"), `["about","route:lake","100"]`),
		"a time":                    page(models.AuditFilter{From: early.Add(-time.Hour), To: early}, ""),
		"a person":                  page(models.AuditFilter{Actor: "ann"}, ""),
		"a person who did nothing":  page(models.AuditFilter{Actor: "cid"}, ""),
		"an action":                 page(models.AuditFilter{Action: "route.pause"}, ""),
		"an action that nobody did": page(models.AuditFilter{Action: "route.skip"}, ""),
		"a subject":                 page(models.AuditFilter{Subject: "exception:7"}, ""),
		"the names":                 buffers(t, db, auditNamesSQL("actor")) + buffers(t, db, auditNamesSQL("action")),
	}
}
