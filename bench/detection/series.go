package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"throughline/bench/program"
	"throughline/sync/simulator/fault"
)

// breakage is a fault at an instant after the start of the series.
type breakage struct {
	at    time.Duration
	fault string
	lasts time.Duration // 0 for an act
}

const (
	actsEach  = 5
	actsUntil = 145 * time.Second
	lasting   = 44 * time.Second
	// outOfOrder leaves the watch its five minutes of fifteen, outages of the ERP and
	// a table that is held in between.
	outOfOrder = 6 * time.Minute
	// busyFor is longer than a minute, within which to be turned away is a burst.
	busyFor = 100 * time.Second
	// aftermath is how long after the last fault is watched: the longest
	// window runs three business days.
	aftermath = 65 * time.Second
)

// acts are over at once. Those of the last line are harmless: the tower has to
// take them without a word.
func acts() []string {
	return []string{
		fault.MalformedEvent, fault.BadEnvelope, fault.UnknownItem, fault.ReusedID, fault.LostEvents, fault.LeftOut, fault.ForeignWrite, fault.ShortConfirmation, fault.LostBalance, fault.UsedVersion, fault.NegativeStock,
		fault.EmptyShelf, ruledOut, fault.RefusedOrder, fault.DoubledOrder, fault.LostAcknowledgement, fault.MuteSupplier, fault.LateShipment, fault.RefusedEvent, expiringKey, expiredToken,
		fault.LostAnswer, fault.DuplicateBurst, fault.OutOfOrderBurst, lastingKey, keptToken,
	}
}

// flood comes when the acts are over: with it more events of more than one cause are
// parked than the tower leaves without a word, and some to spare.
func flood() []breakage {
	const each = 5
	var all []breakage
	for n := range each {
		at := actsUntil + time.Duration(n)*time.Second
		all = append(all, breakage{at: at, fault: fault.ReusedID}, breakage{at: at, fault: fault.ForeignWrite})
	}
	return all
}

// outages have their own times. They overlap each other where one does not hide
// the other: an engine that is stuck shows only while revisions come.
func outages() []breakage {
	second := func(fault string, at int) breakage {
		return breakage{at: time.Duration(at) * time.Second, fault: fault, lasts: lasting}
	}
	return []breakage{
		second(fault.ForecastsLate, 5), second(fault.ForecastsLate, 100),
		second(fault.RefusedDeliveries, 10), second(fault.RefusedDeliveries, 105),
		second(fault.SilentDC, 12), second(fault.SilentDC, 62), second(fault.SilentDC, 112),
		second(fault.StuckEngine, 54), second(fault.StuckEngine, 150),
		second(fault.ERPDown, 155), second(fault.ERPDown, 206),
		{at: 20 * time.Second, fault: fault.ClockAhead}, {at: 118 * time.Second, fault: fault.ClockAhead}, // so far apart that one has closed before the next
		{at: time.Second, fault: fault.OutOfOrderForLong, lasts: outOfOrder},
		{at: 275 * time.Second, fault: fault.BusyTarget, lasts: busyFor}, // when what was held has been delivered
		{at: 135 * time.Second, fault: fullShelf},
		{at: 15 * time.Second, fault: goneReplica, lasts: replicaGone}, {at: 100 * time.Second, fault: goneReplica, lasts: replicaGone},
		{at: 45 * time.Second, fault: wrongCount, lasts: lasting}, {at: 125 * time.Second, fault: wrongCount, lasts: lasting},
		// Beside an outage of the ERP, since all waits that is to take effect.
		{at: 202 * time.Second, fault: heldTable, lasts: tableHeld},
	}
}

// newSeries places the acts by chance and moves each outage a little.
func newSeries(seed uint64) []breakage {
	draw := rand.New(rand.NewPCG(seed, 2))
	series := outages()
	for i := range series {
		series[i].at += time.Duration(draw.Int64N(int64(4 * time.Second)))
	}
	share := actsUntil / actsEach
	for _, name := range acts() {
		for n := range actsEach {
			at := time.Duration(n)*share + time.Duration(draw.Int64N(int64(share)))
			series = append(series, breakage{at: at, fault: name})
			if name == expiredToken {
				series = append(series, breakage{at: at + withoutData, fault: readAnew})
			}
		}
	}
	for _, b := range series {
		if after := ends(b.fault); after != "" {
			series = append(series, breakage{at: b.at + b.lasts, fault: after})
		}
	}
	series = append(series, flood()...)
	slices.SortStableFunc(series, func(a, b breakage) int { return int(a.at - b.at) })
	return series
}

// lastOver is when nothing of a series lasts any more.
func lastOver(series []breakage) (last time.Duration) {
	for _, b := range series {
		last = max(last, b.at+b.lasts)
	}
	return last
}

// breakAll follows the series while the witness looks, then waits until the
// last consequence must have shown. An act that finds nothing to hit did not
// happen; the log of the systems knows.
func breakAll(ctx context.Context, w *witness, series []breakage) error {
	start := time.Now()
	until := lastOver(series) + aftermath
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for time.Since(start) < until {
		for len(series) > 0 && time.Since(start) >= series[0].at {
			if _, err := w.tower.inject(ctx, series[0]); err != nil {
				return err
			}
			series = series[1:]
		}
		if err := w.look(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.tower.Ended():
			return program.ErrEnded
		case <-tick.C:
		}
	}
	return nil
}
