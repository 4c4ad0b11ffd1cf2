package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"throughline/bench/program"
	"throughline/models"
)

const (
	greedySource = "shop"
	greedyDC     = "DC-SHOP"
	greedyQuota  = 20 // events a second that its key may bring
	greedyTimes  = 10 // what it sends, as a multiple
)

// greedy sends ten times what its key may bring, and does not listen to Retry-After.
type greedy struct {
	tower           *program.Program
	key             string
	sent, throttled int
	last            int64
}

func (g *greedy) name() string  { return "greedy" }
func (g *greedy) title() string { return fmt.Sprintf("a sender at %d times its quota", greedyTimes) }

func (g *greedy) move(ctx context.Context, tower *program.Program) (err error) {
	g.tower = tower
	g.key, err = issueKey(ctx, tower, greedySource, "--rate", strconv.Itoa(greedyQuota), "--burst", strconv.Itoa(greedyQuota))
	return err
}

func (g *greedy) be(ctx context.Context) error { return g.sends(ctx, greedyQuota*greedyTimes) }

// beFair sends what its key may bring: what it disturbs by that, it is let.
func (g *greedy) beFair(ctx context.Context) error { return g.sends(ctx, greedyQuota) }

func (g *greedy) fair() string { return "the same sender at its quota" }

// sends sends so many events a second.
func (g *greedy) sends(ctx context.Context, rate int) error {
	pause := time.Second / time.Duration(rate)
	for due := time.Now(); ctx.Err() == nil; due = due.Add(pause) {
		_ = pauseUntil(ctx, due) // when ctx ends, so does the turn
		g.last++
		status, err := post(ctx, g.tower, g.key, "application/cloudevents+json", fmt.Appendf(nil,
			`{"specversion":"1.0","id":"g-%d","source":%q,"type":%q,"time":%q,"data":{"item":%q,"dc":%q,"on_hand":1,"allocated":0,"unit":"EA","version":%d}}`,
			g.last, greedySource, models.TypeBalance, due.UTC().Format(time.RFC3339Nano), itemName(g.last), greedyDC, g.last))
		switch {
		case ctx.Err() != nil: // the interval is over
		case err != nil:
			return err
		default:
			g.sent++
		}
		if status == http.StatusTooManyRequests {
			g.throttled++
		}
	}
	return nil
}

func (g *greedy) leave(context.Context) (string, error) {
	if g.throttled == 0 {
		return "", errors.New("nobody was throttled")
	}
	return fmt.Sprintf("Of its %d requests %d were answered with 429.", g.sent, g.throttled), nil
}
