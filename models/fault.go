package models

import "time"

// Fault is something of the demo that can be broken on purpose.
type Fault struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	State       string     `json:"state"` // idle, active
	Count       int        `json:"count"`
	LastAt      *time.Time `json:"last_at"`
	EndsAt      *time.Time `json:"ends_at"`
	Target      string     `json:"target"`
	RatePerDay  float64    `json:"rate_per_day"` // how often it comes by itself in a business day, on average
}

// FaultEntry is one line of the log of what was broken. Cause is request or rate.
type FaultEntry struct {
	Name      string    `json:"name"`
	Cause     string    `json:"cause"`
	Target    string    `json:"target"`
	StartedAt time.Time `json:"started_at"`
	EndsAt    time.Time `json:"ends_at"`
}

// FaultBoard is all of it; the log begins with the newest entry.
type FaultBoard struct {
	Faults []Fault      `json:"faults"`
	Log    []FaultEntry `json:"log"`
}
