package models

import "time"

// IntakeQueue is what a source has waiting in front of the log.
type IntakeQueue struct {
	Source string
	Events int
	Age    time.Duration // real time that the first of them has waited; 0 without any
	Full   bool          // it had no room for more within the last seconds
}
