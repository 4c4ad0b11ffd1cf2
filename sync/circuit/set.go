package circuit

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"throughline/models"
	"throughline/sync/service"
)

// Saver keeps how targets fare where every process can show it.
type Saver interface {
	Save(ctx context.Context, now models.Circuit) error
}

// Set holds the gates of a process. It is safe for concurrent use.
type Set struct {
	saver Saver

	mu    sync.Mutex
	gates map[string]*Gate
	saved map[string]models.Circuit
}

// NewSet makes an empty Set.
func NewSet(saver Saver) *Set {
	return &Set{saver: saver, gates: map[string]*Gate{}, saved: map[string]models.Circuit{}}
}

// Gate is the gate of a target, made when it is asked for first.
func (s *Set) Gate(target string, cfg Config) *Gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gates[target] == nil {
		s.gates[target] = NewGate(target, cfg)
	}
	return s.gates[target]
}

// RunOnce saves what has changed. What cannot be saved is tried again by the next.
func (s *Set) RunOnce(ctx context.Context) (more bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for target, gate := range s.gates {
		now := gate.Circuit()
		if before, ok := s.saved[target]; ok && same(before, now) {
			continue
		}
		if err := s.saver.Save(ctx, now); err != nil {
			return false, err
		}
		s.saved[target] = now
	}
	return false, nil
}

// NewService saves what has changed every second.
func NewService(s *Set, log *slog.Logger) (*service.Loop, error) {
	return service.New(service.Config{Name: "circuits", RunOnce: s.RunOnce, Poll: time.Second, Logger: log})
}

func same(a, b models.Circuit) bool {
	if (a.NextProbe == nil) != (b.NextProbe == nil) || a.NextProbe != nil && !a.NextProbe.Equal(*b.NextProbe) {
		return false
	}
	return a.State == b.State && a.Since.Equal(b.Since) && a.Failures == b.Failures
}
