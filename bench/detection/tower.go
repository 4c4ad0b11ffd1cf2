package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"throughline/bench/demo"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
)

// tower is the running demo: the tower, its database and its systems.
type tower struct {
	*demo.Demo
	keys      []fault.Entry // that the series has made
	hands     hands
	consumers []*consumer
}

// stuckAfter is how long a difference of stock may stay in flight here: longer than
// the longest outage of replenishment with all that is delivered and compared after
// it, and short enough for a series.
const stuckAfter = 170 * time.Second

func startTower(ctx context.Context, o options) (*tower, error) {
	file, err := os.CreateTemp("", "throughline-*.yaml")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = fmt.Fprintf(file, "windows:\n  in_flight: %s\n  replica_behind: %d\n", stuckAfter, replicaLacks)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	d, err := demo.Start(ctx, o.program, "--day", o.day.String(), "--seed", strconv.FormatUint(o.seed, 10), "--config", file.Name())
	return &tower{Demo: d}, err
}

// inject breaks something. refused says that there is nothing to break it on.
func (t *tower) inject(ctx context.Context, b breakage) (refused bool, err error) {
	switch b.fault {
	case expiringKey, lastingKey:
		return false, t.addKey(ctx, b.fault)
	case expiredToken, keptToken:
		return false, t.poll(ctx, b.fault)
	case readAnew:
		return false, t.beginAnew(ctx)
	case fullShelf:
		return t.putAside(ctx)
	}
	if act, ok := byHand()[b.fault]; ok {
		return false, act(t, ctx)
	}
	query := ""
	if b.lasts > 0 {
		query = "?for=" + b.lasts.String()
	}
	return t.Press(ctx, b.fault, query)
}

// faults is the log of what was broken in the systems and by the series itself,
// each oldest first.
func (t *tower) faults(ctx context.Context) ([]fault.Entry, error) {
	var board struct{ Log []fault.Entry }
	if err := t.Ask(ctx, http.MethodGet, "/faults", &board); err != nil {
		return nil, err
	}
	oldest := make([]fault.Entry, 0, len(board.Log))
	for i := range board.Log {
		oldest = append(oldest, board.Log[len(board.Log)-1-i])
	}
	for _, c := range t.consumers {
		oldest = append(oldest, c.Entry)
	}
	return slices.Concat(oldest, t.keys, t.hands.log), nil
}

func (t *tower) truth(ctx context.Context) (erp.Truth, error) {
	var truth erp.Truth
	return truth, t.Ask(ctx, http.MethodGet, "/truth", &truth)
}
