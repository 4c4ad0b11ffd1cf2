package configuration

import (
	"time"

	"throughline/sync/watch"
)

// period is a duration as it is written, such as 10m; empty for none.
type period string

// duration is 0 where the file says nothing, or nothing that could be read.
func (p period) duration() time.Duration {
	d, err := p.parse()
	if err != nil {
		return 0
	}
	return d
}

func (p period) parse() (time.Duration, error) {
	if p == "" {
		return 0, nil
	}
	return time.ParseDuration(string(p))
}

// windows are how long what is promised may take. What the file leaves out
// keeps its default. The first run in real time, the second in business time.
type windows struct {
	SilentPercent int    `yaml:"silent_percent"`
	Refused       period `yaml:"refused"`
	Waiting       period `yaml:"waiting"`
	InFlight      period `yaml:"in_flight"`
	Gap           period `yaml:"gap"`
	Backlog       period `yaml:"backlog"`
	TurnedAway    period `yaml:"turned_away"`
	Polled        period `yaml:"polled"`
	Ordered       period `yaml:"ordered"`
	BasisAge      period `yaml:"basis_age"`

	Evaluated     period `yaml:"evaluated"`
	Acknowledged  period `yaml:"acknowledged"`
	Confirmed     period `yaml:"confirmed"`
	Received      period `yaml:"received"`
	Duplicate     period `yaml:"duplicate"`
	Soon          period `yaml:"soon"`
	LateDays      int    `yaml:"late_days"`
	RouteFailures int    `yaml:"route_failures"`
	WriteAttempts int    `yaml:"write_attempts"`
	FoldAbove     int    `yaml:"fold_above"`

	DiskFree      int    `yaml:"disk_free"`
	ClockOff      period `yaml:"clock_off"`
	ReplicaBehind int    `yaml:"replica_behind"`
}

func (w windows) watched() watch.Windows {
	return watch.Windows{
		SilentPercent: w.SilentPercent, Refused: w.Refused.duration(), Waiting: w.Waiting.duration(), InFlight: w.InFlight.duration(), Gap: w.Gap.duration(), Backlog: w.Backlog.duration(), TurnedAway: w.TurnedAway.duration(), Polled: w.Polled.duration(), Ordered: w.Ordered.duration(), BasisAge: w.BasisAge.duration(),
		Evaluated: w.Evaluated.duration(), Acknowledged: w.Acknowledged.duration(), Confirmed: w.Confirmed.duration(), Received: w.Received.duration(), Duplicate: w.Duplicate.duration(), Soon: w.Soon.duration(),
		LateDays: w.LateDays, RouteFailures: w.RouteFailures, WriteAttempts: w.WriteAttempts, FoldAbove: w.FoldAbove,
		DiskFree: w.DiskFree, ClockOff: w.ClockOff.duration(), ReplicaBehind: w.ReplicaBehind,
	}
}
