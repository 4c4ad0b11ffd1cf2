package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// revisionsOf publishes revisions of A1 at DC1, minutes before noon each; the
// even ones changed nothing.
func revisionsOf(t *testing.T, db *store.DB, noon time.Time, minutes ...int) {
	t.Helper()
	for i, m := range minutes {
		at := noon.Add(-time.Duration(m) * time.Minute)
		_, err := db.Pool.Exec(t.Context(), `INSERT INTO forecast_revisions VALUES ('A1', 'DC1', $1::int, 'r', 'ses', '1', 'day', '2011-02-01', '{1,2}', 'EA', NULL, 3,
			$1::int % 2 = 1, gen_random_uuid(), $2, $2, $2, 1)`, i+1, at)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// deliver tells that replenishment took revisions in one message.
func deliver(t *testing.T, db *store.DB, at time.Time, revisions ...int64) {
	t.Helper()
	d := store.Delivered{Delivery: models.Delivery{Subscription: "replenishment", MessageID: "m", Events: len(revisions), Attempt: 1, StartedAt: at, EndedAt: at, Delivered: true}}
	for _, r := range revisions {
		d.Versions = append(d.Versions, models.DeliveredVersion{Entity: "forecast", Item: "A1", DC: "DC1", Version: r})
	}
	if err := store.NewRoutes(db).Delivered(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func TestRevisionsAreJudgedByWhenTheyWereFirstDeliveredAndEvaluated(t *testing.T) {
	db := storetest.New(t)
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	revisionsOf(t, db, noon, 100, 90, 85, 70, 20, 10, 3)
	for _, statement := range []string{
		`INSERT INTO subscriptions (name, url, secret, types) VALUES ('replenishment', 'http://x', 's', '{a}')`,
		`INSERT INTO evaluations (run, item, dc, outcome, reason, forecast_revision, evaluated_at, content_hash, seq)
			VALUES ('r', 'A1', 'DC1', 'no_action', 'covered', 3, '2026-03-02T10:45:00Z', gen_random_uuid(), 1)`,
	} {
		if _, err := db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	deliver(t, db, noon.Add(-98*time.Minute), 1)
	deliver(t, db, noon.Add(-60*time.Minute), 1, 2) // 1 once more
	// No delivery of 3 is known: it was there when it was evaluated, which is late.
	query := models.OnTimeQuery{
		Period: models.Period{From: noon.Add(-24 * time.Hour), To: noon}, Consumer: "replenishment", Clock: models.RealTime(),
		Windows: []models.RevisionWindow{{DC: "DC1", Delivered: 5 * time.Minute, Evaluated: 30 * time.Minute}, {DC: "DC2", Delivered: time.Minute, Evaluated: time.Minute}},
	}
	influence := store.NewInfluence(db)
	shares, err := influence.OnTime(t.Context(), query)
	if err != nil || len(shares) != 2 {
		t.Fatalf("%+v, %v", shares, err)
	}
	// 1 and 3 were evaluated after 25 and 10 min, 5 and 7 not yet; 5 is overdue at replenishment, 7 is not.
	one := shares[0]
	if one.Revisions != 4 || one.Delivery != (models.Promises{InTime: 1, Late: 2, Open: 1}) || one.Evaluation != (models.Promises{InTime: 2, Open: 2}) || one.Late != 2 {
		t.Errorf("%+v", one)
	}
	if shares[1].DC != "DC2" || shares[1].Revisions != 0 {
		t.Errorf("a DC without revisions: %+v", shares[1])
	}
	if share, due := one.Delivery.Share(); !due || share.StringFixed(2) != "0.33" {
		t.Errorf("share %s, %t", share, due)
	}
	late, err := influence.LateRevisions(t.Context(), query, models.Part{Limit: 10})
	if err != nil || len(late) != 2 || late[0].Revision != 5 || late[0].DeliveredAt != nil || late[1].Revision != 3 || late[1].Unevaluated {
		t.Errorf("%+v, %v", late, err)
	}
	query.Windows[0].Evaluated = 15 * time.Minute
	if late, err = influence.LateRevisions(t.Context(), query, models.Part{Offset: 2, Limit: 10}); err != nil || len(late) != 1 || late[0].Revision != 1 || !late[0].Unevaluated {
		t.Errorf("a tighter window, from the third on: %+v, %v", late, err)
	}
}
