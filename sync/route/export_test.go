package route

import "time"

// At lets a clock of the test's own run.
func (b *Backlog) At(now func() time.Time) *Backlog {
	b.now = now
	return b
}
