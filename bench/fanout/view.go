package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// view opens the pages, reads until in ends, and writes what they saw to out.
func view(ctx context.Context, o options, in io.Reader, out io.Writer) error {
	conns := make([]*websocket.Conn, o.viewers)
	for i := range conns {
		conn, res, err := websocket.DefaultDialer.DialContext(ctx, o.connect, nil)
		if err != nil {
			return fmt.Errorf("open page %d: %w", i, err)
		}
		_ = res.Body.Close()
		conns[i] = conn
	}
	delays := make([][]time.Duration, len(conns))
	var reading sync.WaitGroup
	for i, conn := range conns {
		reading.Go(func() { delays[i] = readDelays(conn) })
	}
	_, _ = io.Copy(io.Discard, in) // until the parent has sent everything
	deadline := time.Now().Add(time.Second)
	for _, conn := range conns {
		_ = conn.SetReadDeadline(deadline)
	}
	reading.Wait()
	all := slices.Concat(delays...)
	slices.Sort(all)
	r := result{Messages: int64(len(all)), P50: quantile(all, 0.5), P99: quantile(all, 0.99)}
	return json.NewEncoder(out).Encode(r)
}

// readDelays notes how long each fragment took. The first message is the
// snapshot of the connect and holds no moment yet.
func readDelays(conn *websocket.Conn) []time.Duration {
	defer func() { _ = conn.Close() }()
	var delays []time.Duration
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			return delays
		}
		made, _, ok := bytes.Cut(message, []byte(" "))
		nanos, err := strconv.ParseInt(string(made), 10, 64)
		if ok && err == nil {
			delays = append(delays, time.Since(time.Unix(0, nanos)))
		}
	}
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func medianOf(results []result) result {
	sorted := slices.SortedFunc(slices.Values(results), func(a, b result) int { return cmp.Compare(a.perThousand(), b.perThousand()) })
	return sorted[len(sorted)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
