package models

import "time"

// LaneLag is how far apply is behind the log in one lane.
type LaneLag struct {
	Lane   Lane
	Events int64         // accepted and not applied yet
	Age    time.Duration // since the oldest of them was accepted; 0 when there is none
}
