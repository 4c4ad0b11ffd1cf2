package models

import "time"

// Configuration is what an installation declares of itself in throughline.yaml:
// Text is the file, the rest what the database keeps of it. Lists are by name.
type Configuration struct {
	Text    string
	Systems []DeclaredSystem
	Routes  []Subscription
}

// DeclaredSystem is a source of events as the configuration wants it. Interval
// is how long it may be quiet between two useful rows, in real time; 0 expects
// nothing. Kind is empty when the file does not say it. All its API keys
// share Quota; the zero value takes it away, and leaves the keys their own limits.
type DeclaredSystem struct {
	Name     string
	Kind     string
	Interval time.Duration
	Fallback Fallback // while it is late
	Owns     []string // entities
	Quota    RateLimit
}

// ConfigurationChange is one thing that applying a configuration changes.
// Subject is as the audit names it; Before is empty for what is new.
type ConfigurationChange struct {
	Subject string
	Before  string
	After   string
}

// AppliedConfiguration is a configuration as it was applied. ID is 0 when there
// has been none.
type AppliedConfiguration struct {
	ID        int64
	Text      string
	AppliedAt time.Time
	AppliedBy string
}
