package models

import "time"

// Instant is a moment as sentences name it: "2 Jan 15:04:05 UTC". It has its day
// always, since words are read days after they were written.
func Instant(t time.Time) string { return t.UTC().Format("2 Jan 15:04:05 UTC") }
