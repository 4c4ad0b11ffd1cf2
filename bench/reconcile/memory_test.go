// Package reconcile_test measures how much memory a comparison of stock takes,
// by the number of positions.
package reconcile_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/connector"
	"throughline/sync/reconcile"
)

// oneIn is how seldom a position differs.
const oneIn = 100

// owner has any number of positions without holding them, and looks at the
// live heap at some of its pages. A copy has lost what differs.
type owner struct {
	positions int
	isCopy    bool
	peak      uint64
	looked    int
}

func (o *owner) lost(i int) bool { return o.isCopy && i%oneIn == 0 }

func (o *owner) row(i int) connector.Balance {
	onHand := decimal.NewFromInt(int64(i % 500))
	if i%oneIn == 0 {
		onHand = onHand.Add(decimal.NewFromInt(1000))
	}
	return connector.Balance{Item: fmt.Sprintf("I%07d", i/4), DC: "D" + strconv.Itoa(i%4), OnHand: onHand, Unit: "EA", Version: 1, AsOf: time.Now().Add(-time.Hour)}
}

func (o *owner) Balances(_ context.Context, after string, limit int) (connector.BalancePage, error) {
	from, _ := strconv.Atoi(after)
	to := min(from+limit, o.positions)
	if from*20/o.positions >= o.looked || to == o.positions {
		o.looked++
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		o.peak = max(o.peak, m.HeapAlloc)
	}
	page := connector.BalancePage{}
	for i := from; i < to; i++ {
		if !o.lost(i) {
			page.Rows = append(page.Rows, o.row(i))
		}
	}
	if to < o.positions {
		page.Next = strconv.Itoa(to)
	}
	return page, nil
}

func (o *owner) Balance(_ context.Context, item, dc string) (connector.Balance, error) {
	n, err := strconv.Atoi(item[1:])
	if err != nil {
		return connector.Balance{}, err
	}
	d, err := strconv.Atoi(dc[1:])
	if i := n*4 + d; err == nil && o.lost(i) {
		return connector.Balance{}, &connector.Error{Class: connector.ClassPermanent, Code: connector.CodeNotFound, Message: "lost"}
	}
	return o.row(n*4 + d), err
}

// nobody takes what is delivered again and stays as it is.
type nobody struct{}

func (nobody) Resend(context.Context, string, models.Event) error { return nil }

func (nobody) Holds(context.Context, string, models.Event) (bool, error) { return true, nil }

// compare runs one comparison, of the tower or of a copy, and tells the peak of
// the live heap and how long it took.
func compare(tb testing.TB, positions int, isCopy bool) (peak uint64, took time.Duration) {
	tb.Helper()
	db := storetest.New(tb)
	_, err := db.Pool.Exec(tb.Context(), `
		INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
		SELECT 'I' || lpad((i / 4)::text, 7, '0'), 'D' || i % 4, i % 500 + CASE WHEN $2 AND i % $3 = 0 THEN 1000 ELSE 0 END, 0, 'EA', 1, 1, gen_random_uuid(), now(), 1, now()
		FROM generate_series(0, $1::int - 1) AS i`, positions, isCopy, oneIn)
	if err == nil && isCopy {
		_, err = db.Pool.Exec(tb.Context(), `
			WITH route AS (INSERT INTO subscriptions (name, url, secret, types) VALUES ('copy', 'http://copy', 's', '{x}') RETURNING name)
			INSERT INTO delivered_versions SELECT name, 'inventory', item, dc, version, now() FROM route, positions`)
	}
	if err != nil {
		tb.Fatal(err)
	}
	o, erp, source := &owner{positions: positions, isCopy: isCopy}, &owner{positions: positions}, "copy"
	if !isCopy {
		erp, source = o, "erp"
	}
	r, err := reconcile.New(reconcile.Config{
		Source: "erp", Owner: erp, Copies: []reconcile.Copy{{System: "copy", Holds: o, Deliver: nobody{}}},
		Intake: reconcile.ThroughLog(nil, models.Shards{}), Reconciles: store.NewReconciles(db), SecondLook: time.Millisecond, Suspects: 50, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		tb.Fatal(err)
	}
	began := time.Now()
	run, err := r.RunNow(tb.Context(), source, "bench")
	if err != nil {
		tb.Fatal(err)
	}
	differ := positions / oneIn
	if run.Compared != int64(positions) || run.Matched != int64(positions-differ) || run.Drifted != int64(differ) {
		tb.Fatalf("%d of %d positions agree, %d differ", run.Matched, run.Compared, run.Drifted)
	}
	return o.peak, time.Since(began)
}

// Ten times the positions take no more memory; a map of them would take some
// 200 bytes each.
func TestMemoryDoesNotGrowWithThePositions(t *testing.T) {
	const few, many, slack = 5000, 50000, 3 << 20
	for _, isCopy := range []bool{false, true} {
		compare(t, few, isCopy) // fills pools and caches
		small, _ := compare(t, few, isCopy)
		large, _ := compare(t, many, isCopy)
		if large > small+slack {
			t.Errorf("%d positions take %d bytes, %d take %d (a copy: %v)", few, small, many, large, isCopy)
		}
	}
}

// mostRatio is the mark: both hold the same pages, so what is above 1 is chance.
const mostRatio = 2.0

// BenchmarkAMillionPositions states the peak of a million as a ratio to that of
// ten thousand.
func BenchmarkAMillionPositions(b *testing.B) {
	compare(b, 10_000, false)
	for b.Loop() {
		small, _ := compare(b, 10_000, false)
		large, took := compare(b, 1_000_000, false)
		ratio := float64(large) / float64(small)
		if ratio > mostRatio {
			b.Errorf("a million positions take %.2f times the memory of ten thousand, at most %.1f is the mark", ratio, mostRatio)
		}
		b.ReportMetric(ratio, "peak-ratio")
		b.ReportMetric(float64(large)/(1<<20), "peak-MiB")
		b.ReportMetric(1_000_000/took.Seconds(), "positions/s")
	}
}
