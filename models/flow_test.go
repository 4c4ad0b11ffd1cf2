package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

func TestTheHopThatHoldsUpTheOthers(t *testing.T) {
	now := time.Now()
	since := func(kind models.HopKind, ago time.Duration, with ...func(*models.Hop)) models.Hop {
		at := now.Add(-ago)
		h := models.Hop{Kind: kind, Backlog: 1, OldestAt: &at}
		for _, change := range with {
			change(&h)
		}
		return h
	}
	full := func(h *models.Hop) { h.Full = true }
	paused := func(h *models.Hop) { h.Paused = true }
	idle := func(h *models.Hop) { h.Backlog, h.OldestAt = 0, nil }
	for name, tc := range map[string]struct {
		hops []models.Hop
		want models.HopKind // empty for none
	}{
		"nothing waits":                  {hops: []models.Hop{since(models.HopSource, 0, idle), since(models.HopApply, 0, idle)}},
		"nothing waits for long":         {hops: []models.Hop{since(models.HopSource, time.Second), since(models.HopRoute, 2*time.Second)}},
		"slow commits":                   {hops: []models.Hop{since(models.HopSource, 9*time.Second), since(models.HopApply, 4*time.Second)}, want: models.HopSource},
		"slow engine":                    {hops: []models.Hop{since(models.HopSource, time.Second), since(models.HopApply, 4*time.Second)}, want: models.HopApply},
		"slow target":                    {hops: []models.Hop{since(models.HopSource, 0, idle), since(models.HopApply, 3*time.Second), since(models.HopRoute, time.Minute)}, want: models.HopRoute},
		"slow ERP":                       {hops: []models.Hop{since(models.HopApply, time.Second), since(models.HopRoute, 3*time.Second), since(models.HopERP, time.Minute)}, want: models.HopERP},
		"paused target":                  {hops: []models.Hop{since(models.HopApply, 3*time.Second), since(models.HopRoute, time.Hour, paused)}, want: models.HopApply},
		"full queue beside a slow ERP":   {hops: []models.Hop{since(models.HopERP, time.Hour), since(models.HopSource, time.Second, full)}, want: models.HopSource},
		"full for one that has no event": {hops: []models.Hop{since(models.HopSource, 0, idle, full), since(models.HopRoute, time.Hour)}, want: models.HopSource},
	} {
		got := models.HopKind("")
		if i := models.Constraint(tc.hops, now); i >= 0 {
			got = tc.hops[i].Kind
		}
		if got != tc.want {
			t.Errorf("%s: %q holds up the rest, want %q", name, got, tc.want)
		}
	}
	two := []models.Hop{since(models.HopSource, time.Second, full), since(models.HopSource, 3*time.Second, full), since(models.HopRoute, time.Hour)}
	if got := models.Constraint(two, now); got != 1 {
		t.Errorf("of two full queues hop %d holds up the rest, want the one whose first waits longer", got)
	}
	if h := since(models.HopSource, 0, idle, full); h.State(now) != models.HopFailing || h.Why(now) != "its queue is full" {
		t.Errorf("a full queue is %s: %q", h.State(now), h.Why(now))
	}
}
