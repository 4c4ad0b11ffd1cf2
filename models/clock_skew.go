package models

import "time"

// ClockSkew is by how much an event of a source was dated ahead of the tower's
// clock when it came.
type ClockSkew struct {
	Source, Entity, DC string
	Ahead              time.Duration
	SeenAt             time.Time
}
