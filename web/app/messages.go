package app

import (
	"context"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/route"
)

// messages writes events as the routes send them.
type messages struct{ routes *store.Routes }

// Message is an array of those events that the subscriber takes.
func (m messages) Message(ctx context.Context, subscription string, events []models.Event) (text string, carried []models.Event, err error) {
	s, err := m.routes.Subscription(ctx, subscription)
	if err != nil {
		return "", nil, err
	}
	return route.Message(s, events)
}

// Alone is an event as the subscriber is sent it by itself.
func (m messages) Alone(ctx context.Context, subscription string, e models.Event) (text string, takes bool, err error) {
	s, err := m.routes.Subscription(ctx, subscription)
	if err != nil {
		return "", false, err
	}
	return route.MessageAlone(s, e)
}
