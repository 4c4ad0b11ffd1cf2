package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"throughline/bench/program"
	"throughline/models"
)

const (
	probeSource  = "erp"
	connections  = 8
	items, dcs   = 600, 6
	settleWithin = 5 * time.Minute
	lookEvery    = 100 * time.Millisecond
)

// probe is the source that is measured: single balances at a steady rate.
type probe struct {
	tower *program.Program
	key   string
	rate  int
	sent  atomic.Int64
}

func newProbe(ctx context.Context, tower *program.Program, rate int) (*probe, error) {
	key, err := issueKey(ctx, tower, probeSource)
	if err != nil {
		return nil, err
	}
	p := &probe{tower: tower, key: key, rate: rate}
	if _, err := post(ctx, tower, key, "application/cloudevents-batch+json", masters()); err != nil {
		return nil, err
	}
	return p, settle(ctx, tower)
}

func issueKey(ctx context.Context, tower *program.Program, source string, more ...string) (string, error) {
	key, err := tower.Say(ctx, append([]string{"key", "add", "--source", source}, more...)...)
	return strings.TrimSpace(key), err
}

// spread is the time that 95 % of an interval's events stayed below, from the
// first byte of the POST.
type spread struct{ answer, effect time.Duration }

// pair is an interval with the neighbour and one without; fair is one with a
// neighbour that does what it may, for those that do more.
type pair struct{ alone, beside, fair spread }

// fairNeighbour does more than it may, and may also do what it may.
type fairNeighbour interface {
	neighbour
	fair() string
	beFair(ctx context.Context) error
}

// pair measures them, in either order, so that what changes with time falls on both.
func (p *probe) pair(ctx context.Context, o options, n neighbour, besideFirst bool) (both pair, err error) {
	alone := func() error {
		both.alone, err = p.during(ctx, o.alone, func(context.Context) error { return nil })
		return err
	}
	beside := func() error {
		both.beside, err = p.during(ctx, o.interval, n.be)
		return err
	}
	order := []func() error{alone, beside}
	if f, is := n.(fairNeighbour); is {
		order = append(order, func() error {
			both.fair, err = p.during(ctx, o.interval, f.beFair)
			return err
		})
	}
	if besideFirst {
		slices.Reverse(order)
	}
	for _, one := range order {
		if err := one(); err != nil {
			return both, err
		}
		if err := settle(ctx, p.tower); err != nil {
			return both, err
		}
	}
	return both, nil
}

// during sends for an interval, with somebody beside for as long.
func (p *probe) during(ctx context.Context, interval time.Duration, beside func(context.Context) error) (spread, error) {
	g, gctx := errgroup.WithContext(ctx)
	there, away := context.WithTimeout(gctx, interval)
	defer away()
	g.Go(func() error { return beside(there) })
	var mu sync.Mutex
	var answers []time.Duration
	start := time.Now()
	pause := time.Second * connections / time.Duration(p.rate)
	for i := range connections {
		g.Go(func() error {
			// The schedule is fixed: a slow answer must not thin out the load behind it.
			for due := start.Add(pause * time.Duration(i) / connections); due.Sub(start) < interval; due = due.Add(pause) {
				if err := pauseUntil(gctx, due); err != nil {
					return err
				}
				if _, err := post(gctx, p.tower, p.key, "application/cloudevents+json", p.balance(due)); err != nil {
					return err
				}
				mu.Lock()
				answers = append(answers, time.Since(due))
				mu.Unlock()
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return spread{}, err
	}
	effect, err := p.effect(ctx, start, start.Add(interval))
	slices.Sort(answers)
	return spread{answer: answers[len(answers)*95/100], effect: effect}, err
}

// effect waits for the interval's events and reads the p95 from their due time
// to the commit of their effect, as the change log has it.
func (p *probe) effect(ctx context.Context, from, to time.Time) (time.Duration, error) {
	if err := settle(ctx, p.tower); err != nil {
		return 0, err
	}
	var seconds float64
	err := p.tower.DB.Pool.QueryRow(ctx, `
		SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM c.applied_at - e.occurred_at))::float8
		FROM events e CROSS JOIN LATERAL (
			SELECT applied_at FROM changes WHERE shard = e.shard AND to_seq >= e.seq ORDER BY to_seq LIMIT 1) AS c
		WHERE e.source = $1 AND e.type = $2 AND e.occurred_at >= $3 AND e.occurred_at < $4`,
		probeSource, models.TypeBalance, from, to).Scan(&seconds)
	return time.Duration(seconds * float64(time.Second)), err
}

func (p *probe) balance(at time.Time) []byte {
	n := p.sent.Add(1)
	return fmt.Appendf(nil, `{"specversion":"1.0","id":"b-%d","source":%q,"type":%q,"time":%q,"data":{"item":%q,"dc":%q,"on_hand":"%d","allocated":"3","unit":"EA","version":%d}}`,
		n, probeSource, models.TypeBalance, at.UTC().Format(time.RFC3339Nano), itemName(n), dcName(n), n%1000, n)
}

func itemName(n int64) string { return fmt.Sprintf("ITEM%05d", n%items) }
func dcName(n int64) string   { return fmt.Sprintf("DC%d", n/items%dcs) }

// masters are the events that make items and DCs known.
func masters() []byte {
	type event struct {
		SpecVersion string           `json:"specversion"`
		ID          string           `json:"id"`
		Source      string           `json:"source"`
		Type        models.EventType `json:"type"`
		Time        time.Time        `json:"time"`
		Data        map[string]any   `json:"data"`
	}
	var all []event
	for i := range int64(items) {
		all = append(all, event{"1.0", itemName(i), probeSource, models.TypeItemChanged, time.Now(), map[string]any{
			"item": itemName(i), "description": "measured", "unit": "EA", "pack_size": 1, "moq": 0, "unit_cost": 1, "unit_price": 2,
			"currency": "GBP", "abc_class": "A", "supplier": "S1", "version": 1,
		}})
	}
	known := []string{greedyDC}
	for i := range int64(dcs) {
		known = append(known, dcName(i*items))
	}
	for _, dc := range known {
		all = append(all, event{"1.0", dc, probeSource, models.TypeLocationChanged, time.Now(), map[string]any{
			"dc": dc, "name": "measured", "time_zone": "UTC", "version": 1,
		}})
	}
	body, _ := json.Marshal(all) // text and numbers always marshal
	return body
}

// post sends a body and returns the status; any but 202 and 429 is an error.
func post(ctx context.Context, tower *program.Program, key, media string, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, tower.URL+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", media)
	res, err := tower.HTTP.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusAccepted && res.StatusCode != http.StatusTooManyRequests {
		return res.StatusCode, fmt.Errorf("the tower answered %d: %.400s", res.StatusCode, text)
	}
	return res.StatusCode, err
}

// settle waits until all that was taken in has taken effect.
func settle(ctx context.Context, tower *program.Program) error {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for {
		var pending bool
		err := tower.DB.Pool.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM shard_cursors c WHERE EXISTS (SELECT FROM events e WHERE e.shard = c.shard AND e.seq > c.seq))`).Scan(&pending)
		if err != nil || !pending {
			return err
		}
		if err := pauseUntil(ctx, time.Now().Add(lookEvery)); err != nil {
			return fmt.Errorf("what was taken in does not take effect: %w", err)
		}
	}
}

func pauseUntil(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
