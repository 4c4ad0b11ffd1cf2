package models

import (
	"strings"
	"testing"
)

func TestEveryTypeIsKnownAndNamedByTheRule(t *testing.T) {
	for _, typ := range EventTypes() {
		if !typ.Known() {
			t.Errorf("%s is listed and not known", typ)
		}
		if typ.Entity() == "" || !strings.HasPrefix(string(typ), "throughline."+typ.Entity()+".") || !strings.HasSuffix(string(typ), ".v1") {
			t.Errorf("%s has the entity %q", typ, typ.Entity())
		}
	}
	if EventType("throughline.inventory.balance.v2").Known() {
		t.Error("a version without a contract is known")
	}
	for _, odd := range []EventType{"", "throughline.", "throughline.item", "other.item.changed.v1"} {
		if odd.Entity() != "" {
			t.Errorf("%q has the entity %q", odd, odd.Entity())
		}
	}
}

func TestOnlyHistoryIsBulk(t *testing.T) {
	for _, typ := range EventTypes() {
		if got := typ.Lane() == LaneBulk; got != (typ == TypeSalesHistory) {
			t.Errorf("%s is in the lane %s", typ, typ.Lane())
		}
	}
}

func TestOneStockHasOneKey(t *testing.T) {
	want := "inventory:A|LON"
	for typ, fact := range map[EventType]any{
		TypeBalance:   &InventoryBalance{Item: "A", DC: "LON"},
		TypeMovement:  &InventoryMovement{Item: "A", DC: "LON"},
		TypeThreshold: &ThresholdBreached{Item: "A", DC: "LON"},
	} {
		if got := OrderingKey(typ, fact); got != want {
			t.Errorf("%s has the key %q", typ, got)
		}
	}
}

func TestShardsOfALaneStayInIt(t *testing.T) {
	shards := Shards{Realtime: 8, Bulk: 2}
	used := map[int16]bool{}
	for i := range 1000 {
		key := strings.Repeat("k", i)
		for _, lane := range []Lane{LaneRealtime, LaneBulk} {
			shard := shards.Of(lane, key)
			if shards.Lane(shard) != lane {
				t.Fatalf("%s is in shard %d of the other lane than %s", key, shard, lane)
			}
			used[shard] = true
		}
	}
	if len(used) != shards.Total() {
		t.Errorf("only the shards %v are used", used)
	}
}
