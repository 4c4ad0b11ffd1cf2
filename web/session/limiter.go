package session

import (
	"sync"
	"time"
)

// limiter counts failed sign-ins per key in a sliding window. Its memory is
// bounded: when full it forgets everything that is over, then refuses new keys.
type limiter struct {
	window time.Duration
	keys   int

	mu       sync.Mutex
	failures map[string][]time.Time
}

func newLimiter(window time.Duration, keys int) *limiter {
	return &limiter{window: window, keys: keys, failures: make(map[string][]time.Time)}
}

// wait is how long until a key that may fail at most n times in the window may
// try again; zero means now.
func (l *limiter) wait(key string, n int, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	recent := l.recent(key, now)
	if len(recent) < n {
		if _, known := l.failures[key]; !known && len(l.failures) >= l.keys && !l.makeRoom(now) {
			return l.window
		}
		return 0
	}
	return recent[len(recent)-n].Add(l.window).Sub(now)
}

func (l *limiter) fail(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures[key] = append(l.recent(key, now), now)
}

func (l *limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.failures, key)
}

func (l *limiter) recent(key string, now time.Time) []time.Time {
	all := l.failures[key]
	for len(all) > 0 && now.Sub(all[0]) >= l.window {
		all = all[1:]
	}
	return all
}

func (l *limiter) makeRoom(now time.Time) bool {
	for key := range l.failures {
		if len(l.recent(key, now)) == 0 {
			delete(l.failures, key)
		}
	}
	return len(l.failures) < l.keys
}
