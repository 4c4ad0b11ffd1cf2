package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// applied puts batches of a feed into the change log, so many events each, at
// moments after noon of a shard each.
func applied(t *testing.T, db *store.DB, key models.MarkKey, noon time.Time, events uint64, after ...time.Duration) {
	t.Helper()
	for i, d := range after {
		mark := models.Mark{MarkKey: key, Newest: noon.Add(d)}
		mark.Total.AddN(time.Second, events)
		marks, err := models.EncodeMarks([]models.Mark{mark})
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Pool.Exec(t.Context(), `
			INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at, marks)
			VALUES ($1, 'batch', 1, 1, 1, $2, $2, $2, 0, 0, 0, $2, $3)`, i%3, noon.Add(d), marks)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestCadenceIsTheSameInWhateverOrderShardsAreFolded(t *testing.T) {
	db := storetest.New(t)
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	stock := models.MarkKey{Source: "erp", Entity: "inventory", DC: "LON"}
	foldAll(t, db) // from here on all is folded
	// In three shards, and over the end of an hour: 0, 25, 50, 75, 100 minutes.
	applied(t, db, stock, noon, 2, 0, 25*time.Minute, 50*time.Minute, 75*time.Minute, 100*time.Minute)
	foldAll(t, db)
	applied(t, db, stock, noon, 1, 50*time.Minute+time.Second) // once more in a slot
	applied(t, db, models.MarkKey{Source: "erp", Entity: "receipt", DC: "YRK"}, noon, 1, -48*time.Hour)
	foldAll(t, db)
	cadences := store.NewCadences(db, func() models.Targets { return models.Targets{{Entity: "inventory", Freshness: 10 * time.Minute}} })
	all, err := cadences.Read(t.Context(), models.CadenceQuery{Now: noon.Add(2 * time.Hour), Window: 24 * time.Hour})
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	got := all[0]
	usual, long := got.Typical()
	if got.MarkKey != stock || got.Events != 11 || got.Slots != 5 || usual != 25*time.Minute || long != 25*time.Minute ||
		!got.LastAt.Equal(noon.Add(100*time.Minute)) || got.Freshness != 10*time.Minute {
		t.Errorf("%+v, usual %s, long %s", got, usual, long)
	}
	if silent := all[1]; silent.DC != "YRK" || silent.Events != 0 || silent.Pace() != "" || !silent.LastAt.Equal(noon.Add(-48*time.Hour)) {
		t.Errorf("a feed that was silent in the period: %+v", silent)
	}
	if all, err = cadences.Read(t.Context(), models.CadenceQuery{Now: noon.Add(2 * time.Hour), Window: time.Hour, DC: "LON"}); err != nil || len(all) != 1 || all[0].Events != 4 {
		t.Errorf("of the last hours at one DC: %+v, %v", all, err)
	}
}
