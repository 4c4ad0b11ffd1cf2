package models_test

import (
	"errors"
	"slices"
	"testing"

	"throughline/models"
)

func filterOf(t *testing.T, entities, dcs string) models.ChangeFilter {
	t.Helper()
	f, err := models.ParseChangeFilter(entities, dcs)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestADeltaTokenComesBackAsItWas(t *testing.T) {
	f := filterOf(t, "inventory,item", "D1")
	want := []models.ChangePlace{{Shard: 0, Pos: 7}, {Shard: 9, Pos: 1 << 40, Seq: 12}}
	token := models.EncodeDelta(want, f, models.APIKey{})
	got, err := models.DecodeDelta(token, filterOf(t, "item,inventory,item", "D1"), models.APIKey{})
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestADeltaTokenIsRefusedWhenAnythingOfItIsAnother(t *testing.T) {
	f := filterOf(t, "inventory", "")
	token := models.EncodeDelta([]models.ChangePlace{{Shard: 3, Pos: 500, Seq: 2}}, f, models.APIKey{})
	refused := func(name, token string, f models.ChangeFilter, key models.APIKey) {
		t.Helper()
		if _, err := models.DecodeDelta(token, f, key); models.CodeOf(err) != models.CodeInvalid || !errors.Is(err, models.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range token {
		changed := []byte(token)
		if changed[i]++; changed[i] == 'Z'+1 {
			changed[i] = 'a'
		}
		refused("a changed character", string(changed), f, models.APIKey{})
	}
	refused("a cut end", token[:len(token)-1], f, models.APIKey{})
	refused("another entity", token, filterOf(t, "item", ""), models.APIKey{})
	refused("another DC", token, filterOf(t, "inventory", "D1"), models.APIKey{})
	refused("a narrower key", token, f, models.APIKey{Types: []models.EventType{models.TypeBalance}})
}

func FuzzDecodeDelta(f *testing.F) {
	f.Add("")
	f.Add(models.EncodeDelta(nil, models.ChangeFilter{}, models.APIKey{}))
	f.Add(models.EncodeDelta([]models.ChangePlace{{Shard: 3, Pos: 500, Seq: 2}}, models.ChangeFilter{}, models.APIKey{}))
	f.Fuzz(func(t *testing.T, token string) {
		places, err := models.DecodeDelta(token, models.ChangeFilter{}, models.APIKey{})
		if err != nil {
			if !errors.Is(err, models.ErrMalformed) {
				t.Fatalf("%q: %v", token, err)
			}
			return
		}
		again, err := models.DecodeDelta(models.EncodeDelta(places, models.ChangeFilter{}, models.APIKey{}), models.ChangeFilter{}, models.APIKey{})
		if err != nil || !slices.Equal(again, places) {
			t.Fatalf("%q: %v became %v, %v", token, places, again, err)
		}
	})
}

func FuzzParseChangeFilter(f *testing.F) {
	f.Add("inventory,item", "D1,D2")
	f.Add("nothing", ",")
	f.Fuzz(func(t *testing.T, entities, dcs string) {
		filter, err := models.ParseChangeFilter(entities, dcs)
		if err != nil {
			if !errors.Is(err, models.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if !slices.IsSorted(filter.Entities) || !slices.IsSorted(filter.DCs) || slices.Contains(filter.DCs, "") {
			t.Fatalf("%q, %q became %+v", entities, dcs, filter)
		}
		key := models.APIKey{Types: []models.EventType{models.TypeBalance}}
		narrow, err := filter.For(key)
		if err == nil && !slices.Equal(narrow.Types, key.Types) {
			t.Fatalf("%q gave a key of balances %v", entities, narrow.Types)
		}
	})
}
