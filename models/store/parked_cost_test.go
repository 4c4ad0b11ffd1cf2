package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// park stores events of four causes, ten DCs and some forty items.
func park(t testing.TB, db *store.DB, n int) {
	t.Helper()
	parkCauses(t, db, n, 4)
}

// parkCauses is park with so many causes.
func parkCauses(t testing.TB, db *store.DB, n, causes int) {
	t.Helper()
	_, err := db.Pool.Exec(t.Context(), `
		INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint)
		SELECT n, n % 8, now(), now(), 'erp', 'e-' || n, 'throughline.inventory.balance.v1', 'inventory:' || n, 'I' || n % 25 * 4 + n % 4, 'D' || n % 10, '{}',
			'parked', 'transformation', 'TRF-06', 'Cause ' || n % $2, CAST(lpad((n % $2)::text, 32, '0') AS uuid)
		FROM generate_series(1, $1::int) AS n`, n, causes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(t.Context(), `VACUUM ANALYZE unsettled_events, unsettled_counts`); err != nil {
		t.Fatal(err)
	}
}

// TestTheParkedPageCostsTheSameAtAnyNumber compares what Postgres touches, not
// how long it takes, for the page and for the watch's look.
func TestTheParkedPageCostsTheSameAtAnyNumber(t *testing.T) {
	cost := func(n int) (page, watch int64) {
		db := storetest.New(t)
		park(t, db, n)
		q := models.ParkedFilter{State: "parked"}
		return store.GroupsBuffers(t, db, q, time.Now()) + store.SummaryBuffers(t, db, q, time.Now()), store.ConditionBuffers(t, db)
	}
	fewOnPage, fewWatched := cost(100)
	manyOnPage, manyWatched := cost(100_000)
	for _, c := range []struct {
		what      string
		few, many int64
	}{{"the page", fewOnPage, manyOnPage}, {"the watch", fewWatched, manyWatched}} {
		t.Logf("%s: %d buffers with 100 parked events, %d with 100,000: %.2f times", c.what, c.few, c.many, float64(c.many)/float64(c.few))
		if c.many > 3*c.few {
			t.Errorf("%s: %d buffers for 100,000 parked events, %d for 100", c.what, c.many, c.few)
		}
	}
}

// TestAnOpenedGroupCountsAllThatItTouches has one cause for ten thousand events.
func TestAnOpenedGroupCountsAllThatItTouches(t *testing.T) {
	const events = 10_000
	db := storetest.New(t)
	parkCauses(t, db, events, 1)
	if _, err := db.Pool.Exec(t.Context(), `UPDATE unsettled_events SET item = 'I' || seq,
		data = CASE WHEN seq % 4 = 0 THEN '{"order": "PO-' || seq / 8 || '"}' ELSE '{}' END`); err != nil {
		t.Fatal(err)
	}
	failures := store.NewFailures(db)
	listed, err := failures.Groups(t.Context(), models.ParkedFilter{State: "parked"}, models.Sorting{}, time.Now(), 10)
	if err != nil || len(listed) != 1 || listed[0].Events != events || len(listed[0].DCs) != 10 {
		t.Fatalf("%+v, %v", listed, err)
	}
	g, shown, err := failures.Group(t.Context(), listed[0].Fingerprint, "parked", time.Now(), 25)
	if err != nil || g.ItemCount != events || g.OrderCount != events/8+1 || len(g.Items) != 11 || len(shown) != 25 {
		t.Errorf("%d items and %d orders of which %d are named, %d events listed, %v", g.ItemCount, g.OrderCount, len(g.Items), len(shown), err)
	}
}

// TestTenThousandCausesOfOneKindAreOneRow folds them, counted whole, and compares
// what Postgres touches for it with what it would touch to list them one by one.
func TestTenThousandCausesOfOneKindAreOneRow(t *testing.T) {
	const events, causes, apart = 100_000, 10_000, 25
	q, now := models.ParkedFilter{State: "parked"}, time.Now()
	few := storetest.New(t)
	park(t, few, 1000)
	many := storetest.New(t)
	parkCauses(t, many, events, causes)
	kinds, err := store.NewFailures(many).Kinds(t.Context(), q, now, apart)
	if err != nil || len(kinds) != 1 {
		t.Fatalf("%+v, %v", kinds, err)
	}
	if k := kinds[0]; k.Groups != causes || k.Events != events || k.Ages[0] != events || len(k.DCs) != 10 || len(k.Items) != 11 || k.FirstAt.IsZero() || k.LastAt.IsZero() {
		t.Errorf("%+v", k)
	}
	groups, err := store.NewFailures(many).Groups(t.Context(), q, models.Sorting{}, now, 100, kinds...)
	if err != nil || len(groups) != 0 {
		t.Errorf("%d groups beside the kind, %v", len(groups), err)
	}
	if none, err := store.NewFailures(few).Kinds(t.Context(), q, now, apart); err != nil || len(none) != 0 {
		t.Errorf("four causes are folded: %+v, %v", none, err)
	}
	cost := func(db *store.DB, folded ...models.ParkedKind) int64 {
		return store.KindsBuffers(t, db, q, now, apart) + store.GroupsBuffers(t, db, q, now, folded...) + store.SummaryBuffers(t, db, q, now)
	}
	oneByOne, folded, four := cost(many), cost(many, kinds...), cost(few)
	t.Logf("%d buffers for four causes, %d for 10,000 folded, %d for a page of them", four, folded, oneByOne)
	if folded > oneByOne || folded > events/10 {
		t.Errorf("%d buffers for %d causes that are folded, %d for a page of them", folded, causes, oneByOne)
	}
}

// TestTheCountsFollowTheEvents changes what stands in every way and holds the
// rollup against a count of the rows.
func TestTheCountsFollowTheEvents(t *testing.T) {
	db := storetest.New(t)
	park(t, db, 200)
	for _, change := range []string{
		`SELECT`,
		`DELETE FROM unsettled_events WHERE seq % 3 = 0`,
		`UPDATE unsettled_events SET state = 'waiting', waits_for = 'item:X' WHERE seq % 5 = 0`,
		`UPDATE unsettled_events SET fingerprint = gen_random_uuid(), shard = 3 WHERE seq % 7 = 0`,
		`DELETE FROM unsettled_events`,
	} {
		if _, err := db.Pool.Exec(t.Context(), change); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		var wrong int
		err := db.Pool.QueryRow(t.Context(), `
			SELECT count(*) FROM (
				SELECT state, fingerprint, source, dc, shard, count(*) AS events FROM unsettled_events GROUP BY 1, 2, 3, 4, 5) rows
			FULL JOIN (SELECT state, fingerprint, source, dc, shard, sum(events) AS events FROM unsettled_counts GROUP BY 1, 2, 3, 4, 5) counts
				USING (state, fingerprint, source, dc, shard)
			WHERE rows.events IS DISTINCT FROM counts.events`).Scan(&wrong)
		if err != nil || wrong != 0 {
			t.Errorf("after %q %d counts are wrong (%v)", change, wrong, err)
		}
	}
}
