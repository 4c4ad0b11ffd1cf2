package route_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"throughline/e2e/wire"
	"throughline/models/store/storetest"
	"throughline/sync/route"
)

// TestDeliveriesStandABadWire breaks the connection to one subscriber in each
// way: the other goes on, and what waited arrives in the order of its shard when
// it is mended, however often it was tried.
func TestDeliveriesStandABadWire(t *testing.T) {
	const another = 451 // in the other shard
	var ofShard []int   // of one, in several messages
	for version := 1; version < another; version++ {
		ofShard = append(ofShard, version)
	}
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			w := newWorld(t)
			w.router.Release()
			w.router = w.process(func(c *route.Config) { c.Timeout, c.DrainRate = 300*time.Millisecond, 10_000 })
			target, address := newReceiver(t)
			other, otherAddress := newReceiver(t)
			to, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			line := wire.New(t, "tcp", to.Host)
			w.subscribe("planning", "http://"+line.Addr())
			w.subscribe("other", otherAddress)
			w.apply(3, ofShard[:1]...)
			w.settle()
			line.Break(fault)
			w.apply(3, ofShard[1:]...)
			w.apply(4, another)
			if _, err := w.router.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			storetest.Eventually(t, "the other subscriber to have everything", func() bool { return other.count() == another })
			storetest.Eventually(t, "an attempt to be on record", func() bool {
				return w.text(`SELECT (count(*) > 1)::text FROM deliveries WHERE subscription = 'planning'`) == "true"
			})
			line.Mend()
			w.router.Wait()
			seen := target.got()
			if !slices.Contains(seen, another) || !slices.Equal(slices.DeleteFunc(seen, func(version int) bool { return version == another }), ofShard) {
				t.Errorf("the subscriber got %v", seen)
			}
			if behind := w.text(`SELECT count(*)::text FROM consumer_cursors c JOIN changes ch USING (shard)
				WHERE consumer = 'route:planning' AND ch.pos > c.pos`); behind != "0" {
				t.Errorf("%s changes still wait", behind)
			}
		})
	}
}

// got are the versions in the order of their first arrival.
func (r *receiver) got() (versions []int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range r.versions {
		if !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	return versions
}

func (r *receiver) count() int { return len(r.got()) }
