package main

import (
	"context"
	"time"

	"throughline/bench/demo"
	"throughline/sync/simulator/fault"
)

// scenario is what is measured over some business days.
type scenario struct {
	name  string
	title string
	days  int  // business days
	week  bool // from a Monday morning on
	// once is pressed when the interval begins, each repeats each time after.
	once  []string
	each  []string
	every time.Duration // real
	what  string        // for the report
}

// tradingWeek is from Monday to Friday; nothing sells on a Saturday.
const tradingWeek = 5

func usual() scenario {
	return scenario{name: "usual", title: "usual trade, recorded pace", days: 1,
		what: "one whole business day of two minutes from 16 to 17 June, nothing pressed: the floor."}
}

func promotion() scenario {
	return scenario{name: "promotion", title: "promotion", days: tradingWeek, week: true, once: []string{fault.Promotion},
		what: "the button `promotion`: 24 articles are ordered ten times as often as usual in each of the six DCs, on top of the recorded week."}
}

func season() scenario {
	return scenario{name: "season", title: "season", days: tradingWeek, week: true,
		what: "the busiest recorded week, the one of 7 December, all articles; nothing pressed."}
}

func disruption() scenario {
	return scenario{name: "disruption", title: "supplier disruption", days: tradingWeek, week: true,
		each: []string{
			fault.MuteSupplier, fault.MuteSupplier, fault.LateShipment, fault.LateShipment, fault.ShortConfirmation, fault.ShortConfirmation,
		}, every: time.Second,
		what: "each second two orders stay unanswered for a week, two shipments are a week late and two orders are confirmed by half."}
}

func transfers() scenario {
	return scenario{name: "transfers", title: "multi-site transfer", days: tradingWeek, week: true,
		each: []string{fault.TransferWave}, every: 5 * time.Second,
		what: "every five seconds the button `transfer-wave`: 25 articles are moved from each DC to the next, up to 150 transfer orders at once."}
}

// press works the buttons that are due after a time from the start of the
// interval and notes it in o.
func (s *scenario) press(ctx context.Context, t *demo.Demo, after time.Duration, o *outcome) error {
	var due []string
	if o.rounds == 0 {
		due = append(due, s.once...)
	}
	if s.every > 0 && after >= time.Duration(o.rounds)*s.every {
		due = append(due, s.each...)
		o.rounds++
	}
	if s.every == 0 {
		o.rounds = 1
	}
	for _, name := range due {
		refused, err := t.Press(ctx, name, "")
		if err != nil {
			return err
		}
		if refused {
			o.refused++
		} else {
			o.pressed++
		}
	}
	return nil
}
