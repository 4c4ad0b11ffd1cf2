package models

import (
	"slices"
	"time"
)

// LaneLag is how far apply is behind the log in one lane.
type LaneLag struct {
	Lane   Lane
	Events int64         // accepted and not applied yet
	Age    time.Duration // since the oldest of them was accepted; 0 when there is none
}

// LaneLook is how long the oldest event of a lane waited at an instant.
type LaneLook struct {
	At  time.Time
	Age time.Duration
}

// What makes a trend of looks: so many, over so long.
const (
	trendLooks = 4
	trendSpan  = 30 * time.Second
)

// LaneGrowth is by how many seconds the oldest age grows in a second, of looks in
// the order of their time. It is false unless each of the last looks found it
// older than the one before: a peak that falls again is no trend.
func LaneGrowth(looks []LaneLook) (perSecond float64, grows bool) {
	for i, look := range slices.Backward(looks) {
		last := looks[len(looks)-1]
		if i < len(looks)-1 && look.Age >= looks[i+1].Age {
			return 0, false
		}
		if span := last.At.Sub(look.At); len(looks)-i >= trendLooks && span >= trendSpan {
			return (last.Age - look.Age).Seconds() / span.Seconds(), true
		}
	}
	return 0, false
}
