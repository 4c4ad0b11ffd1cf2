package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// A sender that waits as long as it was told to goes on in the same trouble.
func TestASpellOutlastsThePausesOfItsSender(t *testing.T) {
	db := storetest.New(t)
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO sources (source, system, interval_s) VALUES ('edi', 'other', 0)`); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	for _, c := range []struct {
		name       string
		kind       models.TroubleKind
		turnedAway time.Duration
		gap        time.Duration
		calls      int64
	}{
		{"as Retry-After of a small quota says", models.TroubleThrottled, 0, 101 * time.Second, 3},
		{"for longer than its quota takes", models.TroubleThrottled, 0, 201 * time.Second, 1},
		{"within what is declared", models.TroubleThrottled, 5 * time.Minute, 4 * time.Minute, 3},
		{"until the next hour", models.TroubleRevoked, 0, time.Hour + time.Second, 3},
		{"until the next night", models.TroubleRevoked, 0, 24*time.Hour + time.Minute, 3},
		{"for days", models.TroubleRevoked, 0, 48 * time.Hour, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var key models.APIKey
			err := db.Pool.QueryRow(t.Context(), `INSERT INTO api_keys (source, prefix, hash, rate, burst) VALUES ('edi', $1, $1::text::bytea, 1, 100) RETURNING id`, c.name).Scan(&key.ID)
			if err != nil {
				t.Fatal(err)
			}
			troubles := store.NewKeyTroubles(db, func() time.Duration { return c.turnedAway })
			for i := range 3 {
				at := now.Add(time.Duration(i-2) * c.gap)
				if err := troubles.Record(t.Context(), []models.KeyTrouble{{Key: key, Kind: c.kind, Since: at, LastAt: at, Calls: 1}}); err != nil {
					t.Fatal(err)
				}
			}
			all, err := troubles.Since(t.Context(), now.Add(-time.Minute), now)
			if err != nil || len(all) == 0 {
				t.Fatalf("%v, %v", all, err)
			}
			for _, spell := range all {
				if spell.Key.ID == key.ID && (spell.Calls != c.calls || spell.Over(now) || spell.Over(now.Add(c.gap)) != (c.calls == 1)) {
					t.Errorf("%d calls with pauses of %s, over after %s", spell.Calls, c.gap, spell.Pause)
				}
			}
		})
	}
}
