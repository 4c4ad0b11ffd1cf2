package store_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

var auditStart = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// tell stores rows a minute apart: people in turn work on exceptions, every
// tenth row is about a route.
func tell(t testing.TB, db *store.DB, n int) {
	t.Helper()
	_, err := db.Pool.Exec(t.Context(), `
		INSERT INTO audit (at, actor, action, subject, reason, after)
		SELECT $2::timestamptz + n * interval '1 minute', CASE WHEN n % 2 = 0 THEN 'ann' ELSE 'bob' END,
			CASE WHEN n % 10 = 0 THEN 'route.pause' WHEN n % 3 = 0 THEN 'exception.assign' ELSE 'exception.resolve' END,
			CASE WHEN n % 10 = 0 THEN 'route:lake' ELSE 'exception:' || n END, 'reason ' || n, '{"n": 1}'
		FROM generate_series(1, $1) AS n`, n, auditStart)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(t.Context(), `VACUUM ANALYZE audit`); err != nil {
		t.Fatal(err)
	}
}

// TestTheTrailIsReadInPagesAndInOneGo holds both ways of reading against each
// other, for every filter.
func TestTheTrailIsReadInPagesAndInOneGo(t *testing.T) {
	db := storetest.New(t)
	tell(t, db, 60)
	audit := store.NewAudit(db)
	for name, want := range map[string]struct {
		filter models.AuditFilter
		rows   int
	}{
		"all":                 {models.AuditFilter{}, 60},
		"a person":            {models.AuditFilter{Actor: "ann"}, 30},
		"an action":           {models.AuditFilter{Action: "route.pause"}, 6},
		"a noun":              {models.AuditFilter{Action: "exception."}, 54},
		"half a noun":         {models.AuditFilter{Action: "exception"}, 0},
		"a subject":           {models.AuditFilter{Subject: "exception:1"}, 1},
		"a kind":              {models.AuditFilter{Subject: "exception:"}, 54},
		"a part of a subject": {models.AuditFilter{Subject: "LAK"}, 6},
		"no pattern":          {models.AuditFilter{Subject: "%"}, 0},
		"a time":              {models.AuditFilter{From: auditStart.Add(10 * time.Minute), To: auditStart.Add(20 * time.Minute)}, 10},
		"all together": {models.AuditFilter{
			Actor: "ann", Action: "exception.", Subject: "EXCEPTION", From: auditStart.Add(10 * time.Minute), To: auditStart.Add(20 * time.Minute),
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			for _, by := range []string{"when", "who", "what", "about"} {
				want.filter.By = models.Sorting{Key: by}
				up := trailPages(t, audit, want.filter)
				want.filter.By.Descending = true
				down := trailPages(t, audit, want.filter)
				if slices.Reverse(down); len(up) != want.rows || !slices.Equal(up, down) {
					t.Errorf("by %s: %v, descending from its end %v, want %d rows", by, up, down, want.rows)
				}
			}
			want.filter.By = models.Sorting{}
			paged := trailPages(t, audit, want.filter)
			var exported []int64
			err := audit.Export(t.Context(), want.filter, func(r models.AuditRow) error {
				exported = append(exported, r.ID)
				return nil
			})
			slices.Reverse(exported)
			if err != nil || len(paged) != want.rows || !slices.Equal(paged, exported) {
				t.Errorf("%v: %d rows in pages, %d in one go, want %d", err, len(paged), len(exported), want.rows)
			}
		})
	}
}

// trailPages walks every page of a filter and gives the rows.
func trailPages(t *testing.T, audit *store.Audit, f models.AuditFilter) (ids []int64) {
	t.Helper()
	for after, more := "", true; more; more = after != "" {
		page, err := audit.Page(t.Context(), f, after, 7)
		if err != nil || len(page.Rows) > 7 {
			t.Fatalf("%d rows, %v", len(page.Rows), err)
		}
		for _, r := range page.Rows {
			ids = append(ids, r.ID)
		}
		after = page.Next
	}
	return ids
}

func TestAnExportOfTheTrailIsOfOneMoment(t *testing.T) {
	db := storetest.New(t)
	tell(t, db, 20)
	audit, rows := store.NewAudit(db), 0
	err := audit.Export(t.Context(), models.AuditFilter{}, func(models.AuditRow) error {
		rows++
		_, err := db.Pool.Exec(t.Context(), `INSERT INTO audit (actor, action, subject) VALUES ('cid', 'user.add', 'user:' || $1)`, strconv.Itoa(rows))
		return err
	})
	if err != nil || rows != 20 {
		t.Errorf("%v, %d rows, want the 20 of its beginning", err, rows)
	}
}

func TestARowOfTheTrailAndItsNames(t *testing.T) {
	db := storetest.New(t)
	tell(t, db, 20)
	audit := store.NewAudit(db)
	page, err := audit.Page(t.Context(), models.AuditFilter{}, "", 1)
	if err != nil || len(page.Rows) != 1 {
		t.Fatal(err)
	}
	row, err := audit.Row(t.Context(), page.Rows[0].ID)
	if err != nil || row != page.Rows[0] || row.After != `{"n": 1}` || row.Before != "" || row.Kind() != "route" || row.Name() != "lake" {
		t.Errorf("%v: %+v, listed as %+v", err, row, page.Rows[0])
	}
	if _, err := audit.Row(t.Context(), 0); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("a row that is none: %v", err)
	}
	actors, actions, err := audit.Names(t.Context())
	if err != nil || !slices.Equal(actors, []string{"ann", "bob"}) || !slices.Equal(actions, []string{"exception.assign", "exception.resolve", "route.pause"}) {
		t.Errorf("%v: %q did %q", err, actors, actions)
	}
}

// TestAPageOfTheTrailCostsTheSameAtAnyLength compares what Postgres touches.
func TestAPageOfTheTrailCostsTheSameAtAnyLength(t *testing.T) {
	cost := func(n int) map[string]int64 {
		db := storetest.New(t)
		tell(t, db, n)
		return store.AuditBuffers(t, db, auditStart.Add(200*time.Minute))
	}
	few := cost(1_000)
	for what, many := range cost(100_000) {
		t.Logf("%s: %d buffers with 1,000 rows, %d with 100,000", what, few[what], many)
		if many > 3*few[what]+10 {
			t.Errorf("%s: %d buffers for 100,000 rows, %d for 1,000", what, many, few[what])
		}
	}
}
