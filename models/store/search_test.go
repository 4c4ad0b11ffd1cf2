package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

func TestSearchFindsEventsThatHaveNoChain(t *testing.T) {
	db := integrationDesk(t)
	_, err := db.Pool.Exec(t.Context(), `
		WITH e AS (
			INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, data)
			VALUES (900, 0, now(), now(), 'erp', 'loc-1', 'throughline.location.changed.v1', 'location:LON', '{"dc":"LON"}') RETURNING *)
		INSERT INTO event_keys (hash, fingerprint, seq, shard, received_at)
		SELECT substr(encode(sha256(convert_to(source, 'UTF8') || '\x00' || convert_to(event_id, 'UTF8') || '\x00'), 'hex'), 1, 32)::uuid,
			gen_random_uuid(), seq, shard, received_at FROM e`)
	if err != nil {
		t.Fatal(err)
	}
	chains := store.NewChains(db, store.BasisRule{Clock: models.RealTime(), Window: time.Hour}, "replenishment", time.Now)
	for text, want := range map[string]int64{"loc-1": 900, "900": 900, "bal-5": 5, "5": 5} {
		hits, err := chains.Search(t.Context(), text, 5)
		if err != nil || len(hits) != 1 || hits[0].Kind != "event" || hits[0].Seq != want {
			t.Errorf("%s finds %+v (%v), want event %d", text, hits, err, want)
		}
	}
	hits, err := chains.Search(t.Context(), "4bf92f3577b34da6a3ce929d0e0e4736", 5)
	if err != nil || len(hits) != 1 || hits[0].Kind != "trace" || hits[0].Note != "9 events" {
		t.Errorf("the trace finds %+v (%v), want its nine events under one", hits, err)
	}
	if hits, err := chains.Search(t.Context(), "mov-12", 5); err != nil || len(hits) != 1 || hits[0].Seq != 0 || hits[0].Query != "mov-12" {
		t.Errorf("an event of a known item finds %+v (%v), want its chain", hits, err)
	}
	if chain, err := chains.Find(t.Context(), "mov-12"); err != nil || chain.Event != 12 || chain.Focus != "" {
		t.Errorf("the chain of a movement leads on to event %d (%v), want 12", chain.Event, err)
	}
}

func TestSearchTellsWhatAnEvaluationCameToInWords(t *testing.T) {
	db := integrationDesk(t)
	_, err := db.Pool.Exec(t.Context(), `INSERT INTO evaluations (run, item, dc, outcome, reason, evaluated_at, content_hash, seq)
		VALUES ('RUN-9', '22423', 'LON', 'no_action', 'covered', now(), gen_random_uuid(), 9)`)
	if err != nil {
		t.Fatal(err)
	}
	chains := store.NewChains(db, store.BasisRule{Clock: models.RealTime(), Window: time.Hour}, "replenishment", time.Now)
	hits, err := chains.Search(t.Context(), "RUN-9", 5)
	if err != nil || len(hits) != 1 || hits[0].Note != "looked at in RUN-9: no action" {
		t.Errorf("the run finds %+v (%v), want its outcome in words", hits, err)
	}
}

func TestSearchFindsAnItemByItsGTINInAnyLength(t *testing.T) {
	db := integrationDesk(t)
	if _, err := db.Pool.Exec(t.Context(), `UPDATE items SET gtin = '096385074002' WHERE item = '22423'`); err != nil {
		t.Fatal(err)
	}
	chains := store.NewChains(db, store.BasisRule{Clock: models.RealTime(), Window: time.Hour}, "replenishment", time.Now)
	for text, want := range map[string]int{"096385074002": 1, "0096385074002": 1, "00096385074002": 1, "096385074005": 0, "96385074": 0} {
		hits, err := chains.Search(t.Context(), text, 5)
		if err != nil || len(hits) != want || want > 0 && (hits[0].Kind != "item" || hits[0].Query != "22423") {
			t.Errorf("%s finds %+v (%v), want %d items", text, hits, err, want)
		}
	}
}

func TestSearchFindsAnItemWhoseCodeIsItsGTINOnce(t *testing.T) {
	db := integrationDesk(t)
	if _, err := db.Pool.Exec(t.Context(), `UPDATE items SET item = '096385074002', gtin = '096385074002' WHERE item = '22423'`); err != nil {
		t.Fatal(err)
	}
	chains := store.NewChains(db, store.BasisRule{Clock: models.RealTime(), Window: time.Hour}, "replenishment", time.Now)
	for _, text := range []string{"096385074002", "0096385074002"} {
		if hits, err := chains.Search(t.Context(), text, 5); err != nil || len(hits) != 1 || hits[0].Query != "096385074002" {
			t.Errorf("%s finds %+v (%v), want the item once", text, hits, err)
		}
	}
}

func TestOnlyAChainThatExistsIsNamed(t *testing.T) {
	db := integrationDesk(t)
	for seq, want := range map[int64]bool{4: false, 12: true} {
		got, err := store.NewFailures(db).Event(t.Context(), seq)
		if err != nil || got.HasChain != want {
			t.Errorf("event %d has a chain: %v (%v), want %v", seq, got.HasChain, err, want)
		}
	}
	for code, want := range map[string]bool{"TRF-03": false, "API-07": true} {
		var id int64
		if err := db.Pool.QueryRow(t.Context(), `SELECT id FROM exceptions WHERE code = $1`, code).Scan(&id); err != nil {
			t.Fatal(err)
		}
		got, err := store.NewExceptions(db).Get(t.Context(), id)
		if err != nil || got.PlaceHasChain != want {
			t.Errorf("%s has a chain: %v (%v), want %v", code, got.PlaceHasChain, err, want)
		}
	}
}
