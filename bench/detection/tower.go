package main

import (
	"context"
	"net/http"
	"strconv"

	"throughline/bench/demo"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
)

// tower is the running demo: the tower, its database and its systems.
type tower struct {
	*demo.Demo
	keys      []fault.Entry // that the series has made
	consumers []*consumer
}

func startTower(ctx context.Context, o options) (*tower, error) {
	d, err := demo.Start(ctx, o.program, "--day", o.day.String(), "--seed", strconv.FormatUint(o.seed, 10))
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
	return append(oldest, t.keys...), nil
}

func (t *tower) truth(ctx context.Context) (erp.Truth, error) {
	var truth erp.Truth
	return truth, t.Ask(ctx, http.MethodGet, "/truth", &truth)
}
