package models_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func TestTheMostSpecificTargetWins(t *testing.T) {
	all := models.Targets{{Name: "all"}, {Name: "both", Entity: "inventory", DC: "LON"}, {Name: "dc", DC: "LON"}, {Name: "entity", Entity: "inventory"}}
	for _, tt := range []struct{ entity, dc, want string }{
		{"inventory", "LON", "both"}, {"receipt", "LON", "dc"}, {"inventory", "MAN", "entity"}, {"receipt", "MAN", "all"}, {"inventory", "", "entity"},
	} {
		if got, _ := all.For(tt.entity, tt.dc); got.Name != tt.want {
			t.Errorf("%s at %q has %q, want %q", tt.entity, tt.dc, got.Name, tt.want)
		}
	}
	if got, found := all[1:2].For("inventory", "MAN"); found {
		t.Errorf("another DC has %q", got.Name)
	}
}

// A promise runs in its target's working time and ends ahead of a cut-off, unless it
// was made too shortly before that.
func TestAPromiseFallsDueByItsTarget(t *testing.T) {
	c := london(t)
	c.CutOffs = []models.DayCutOff{{At: 16 * time.Hour, Ahead: 30 * time.Minute, Fresh: time.Hour}}
	targets := models.Targets{
		{Entity: "forecast", DC: "LON", Followed: 3 * time.Hour, Calendar: c}, {Entity: "forecast", Followed: 2 * time.Hour}, {Entity: "inventory", DC: "LON", Freshness: time.Minute},
	}
	for _, tt := range []struct{ name, dc, made, want string }{
		{"within its hours", "LON", "2026-11-27T09:00:00Z", "2026-11-27T12:00:00Z"},
		{"ahead of the cut-off", "LON", "2026-11-27T14:00:00Z", "2026-11-27T15:30:00Z"},
		{"too late for the cut-off", "LON", "2026-11-27T15:00:00Z", "2026-11-30T08:00:00Z"},
		{"over the weekend", "LON", "2026-11-27T17:00:00Z", "2026-11-30T10:00:00Z"},
		{"at another DC", "MAN", "2026-11-27T17:00:00Z", "2026-11-27T19:00:00Z"},
	} {
		if due := targets.Due(models.PromiseEvaluated, tt.dc, instant(t, tt.made), time.Hour); !due.Equal(instant(t, tt.want)) {
			t.Errorf("%s it is due at %s, want %s", tt.name, due, tt.want)
		}
	}
	made := instant(t, "2026-11-27T17:00:00Z")
	if due := targets.Due(models.PromiseOrdered, "LON", made, time.Hour); !due.Equal(made.Add(time.Hour)) {
		t.Errorf("without a target it is due at %s", due)
	}
}

func TestAnAgeIsStaleByItsTarget(t *testing.T) {
	c := london(t)
	friday := instant(t, "2026-11-27T17:50:00Z")
	stock := models.EntityFreshness{DC: "LON", Entity: "inventory", Source: "erp", NewestAt: friday, Window: time.Minute, Owner: true}
	target := models.Targets{{Entity: "inventory", Freshness: 20 * time.Minute, Calendar: c, Objective: decimal.New(75, -2)}}
	saturday, monday := instant(t, "2026-11-28T12:00:00Z"), instant(t, "2026-11-30T08:11:00Z")
	if !stock.Stale(saturday) {
		t.Error("an age without a calendar rests on Saturday")
	}
	if g := stock.Governed(target, nil); g.Stale(saturday) || !g.Stale(monday) {
		t.Errorf("by its target it is stale on Saturday %t, on Monday %t", g.Stale(saturday), g.Stale(monday))
	} else if !g.Objective.Equal(decimal.New(75, -2)) {
		t.Errorf("its objective is %s", g.Objective)
	}
	stock.Window = 20 * time.Minute
	if g := stock.Governed(nil, map[string]*models.Calendar{"erp": c}); g.Stale(saturday) || !g.Stale(monday) {
		t.Error("its own window does not run in the working time of its source")
	}
	stock.Owner = false
	if g := stock.Governed(target, nil); !g.Stale(saturday) || !g.Objective.Equal(models.Objective) {
		t.Errorf("a target holds for a source that does not own the entity: %+v", g)
	}
}
