package erp

import (
	"context"
	"strings"
	"time"

	"throughline/sync/simulator/fault"
)

// In real time, as the watch counts: how long one item at a DC is told of in the
// wrong order, and how often.
const (
	outOfOrderFor   = 6 * time.Minute
	outOfOrderEvery = 10 * time.Second
)

// restateBackwards announces a balance twice and sends the second first.
func (s *session) restateBackwards(k key) {
	s.restate(k, 0, 0)
	s.restate(k, 0, 0)
	last := len(s.messages) - 1
	s.messages[last], s.messages[last-1] = s.messages[last-1], s.messages[last]
}

// tellBackwards keeps telling of the key that the fault drew for as long as it
// lasts. It is one key only, so that no other difference of stock is mended by it.
func (e *ERP) tellBackwards(ctx context.Context) error {
	subject, lasts := e.cfg.Board.Active(fault.OutOfOrderForLong)
	if !lasts {
		return nil
	}
	item, dc, _ := strings.Cut(subject, "/")
	return e.write(ctx, func(s *session) error {
		if s.now.Sub(e.toldBackwards) < outOfOrderEvery {
			return nil
		}
		e.toldBackwards = s.now
		s.restateBackwards(key{item, dc})
		return nil
	})
}
