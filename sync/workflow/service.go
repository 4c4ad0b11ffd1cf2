package workflow

import (
	"fmt"
	"time"

	"throughline/sync/service"
)

// Services runs a consumer and writers in the background.
type Services struct {
	service.Group
	consumer *service.Loop
	writers  []*service.Loop
}

// releasePoll is how often, in real time, it is looked whether a feed that
// recommendations wait for is heard again.
const releasePoll = 3 * time.Second

// NewServices makes the loops of a consumer and of writers; the writers work
// beside each other. Loops that nobody wakes look every poll, default 250 ms.
func NewServices(consumer *Consumer, writers []*Writer, poll time.Duration) (*Services, error) {
	if poll == 0 {
		poll = 250 * time.Millisecond
	}
	logger := consumer.cfg.Workflow.cfg.Logger
	s := &Services{}
	var err error
	s.consumer, err = service.New(service.Config{Name: "workflow", Vital: true, RunOnce: consumer.RunOnce, Poll: poll, Logger: logger})
	if err != nil {
		return nil, err
	}
	releaser, err := service.New(service.Config{Name: "workflow.release", Vital: true, RunOnce: consumer.cfg.Workflow.Release, Poll: releasePoll, Logger: logger})
	if err != nil {
		return nil, err
	}
	s.Group = service.Group{s.consumer, releaser}
	for i, writer := range writers {
		loop, err := service.New(service.Config{
			Name: fmt.Sprintf("erp-writer-%d", i+1), RunOnce: writer.RunOnce, Poll: poll, Logger: logger,
		})
		if err != nil {
			return nil, err
		}
		s.writers = append(s.writers, loop)
		s.Group = append(s.Group, loop)
	}
	return s, nil
}

// Wake says that something took effect.
func (s *Services) Wake() { s.consumer.Wake() }

// WakeWriters says that there is an order to make; it is what Config.Approved wants.
func (s *Services) WakeWriters() {
	for _, writer := range s.writers {
		writer.Wake()
	}
}
