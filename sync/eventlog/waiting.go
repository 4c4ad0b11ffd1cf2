package eventlog

import "throughline/models"

// Queue is what waits for a commit in one lane.
type Queue struct {
	Lane   models.Lane
	Events int
	Bytes  int // an estimate of what they take in memory
}

// Waiting says what waits in each lane at this moment.
func (a *Appender) Waiting() []Queue { return []Queue{a.realtime.queue(), a.bulk.queue()} }

func (l *lane) queue() Queue {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Queue{Lane: l.name, Events: l.waiting.events, Bytes: l.waiting.bytes}
}
