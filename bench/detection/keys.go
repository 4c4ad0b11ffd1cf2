package main

import (
	"context"
	"fmt"
	"time"

	"throughline/sync/simulator/fault"
)

// What the series does itself, since the systems' own keys do not expire: another
// system is given a key, through the command that people use.
const (
	expiringKey = "expiring-key" // of which the tower has to say that it expires
	lastingKey  = "lasting-key"  // which has time
)

// lifetimes are those of the keys, on either side of the fourteen days from which
// on a key has to be replaced.
func lifetimes() map[string]string {
	return map[string]string{expiringKey: "13d", lastingKey: "15d"}
}

// addKey gives a system that is new a key for so long, and keeps that in a log of its own.
func (t *tower) addKey(ctx context.Context, name string) error {
	e := fault.Entry{Name: name, Cause: fault.ByRequest, Target: fmt.Sprintf("carrier-%d", len(t.keys)+1), StartedAt: time.Now()}
	e.EndsAt = e.StartedAt
	if _, err := t.Say(ctx, "key", "add", "--source", e.Target, "--no-interval", "a measurement", "--expires", lifetimes()[name]); err != nil {
		return err
	}
	t.keys = append(t.keys, e)
	return nil
}
