package handlers

import (
	"context"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// deliveryDocuments are the message as it is sent, beside the facts that it
// carries as the tower understands them.
func (h *Routes) deliveryDocuments(ctx context.Context, d models.DeliveryAttempt, events []models.Event) ([]pages.Document, error) {
	message, carried, err := h.Messages.Message(ctx, d.Subscription, events)
	if err != nil {
		return nil, err
	}
	title := "The message as it is sent"
	switch {
	case len(carried) == 0:
		return nil, nil
	case int64(len(carried)) < d.Events:
		title += ", its first " + counted(int64(len(carried)), "event") + " of " + ui.Count(d.Events)
	case int64(len(carried)) > d.Events:
		title += " by the route's filter of now, which has changed since"
	}
	return []pages.Document{{Title: title, Text: indented(message)}, h.facts(carried)}, nil
}

func (h *Routes) facts(events []models.Event) pages.Document {
	var sent strings.Builder
	for _, e := range events {
		text, err := h.Canonical.Canonical(e.Type, e.Data)
		if err != nil {
			text = "The tower does not understand it: " + err.Error()
		}
		fmt.Fprintf(&sent, "%s %s\n%s\n\n", e.Type, e.ID, text)
	}
	return pages.Document{Title: "Facts in the message", Text: sent.String()}
}

func deliveryActions(d models.DeliveryAttempt) []ui.Action {
	path := "/deliveries/" + ui.ID(d.ID)
	return []ui.Action{
		{Label: "Retry now", Key: "r", URL: path + "/retry", Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "retry-message", Title: "Send the message to " + d.Subscription + " again now?", Reason: "What has changed since", Label: "Retry now",
			Facts: []ui.Fact{{Key: "Message", Value: d.MessageID}, {Key: "Events", Value: ui.Count(d.Events)}, {Key: "Last answer", Value: d.Error}},
			Body:  "The route does not wait for its next attempt. It is the same message under the same id.",
		}},
		{Label: "Skip", URL: path + "/skip", Tone: ui.Danger, Confirm: &ui.Confirm{
			ID: "skip-message", Title: "Skip the message to " + d.Subscription + "?", Reason: "Why it may be left out", Label: "Skip",
			Facts: []ui.Fact{{Key: "Message", Value: d.MessageID}, {Key: "Never delivered", Value: counted(d.Events, "event")}},
			Body:  "The subscriber never gets these events, and what follows in the shard goes on. This cannot be undone.",
		}},
	}
}

// RetryDelivery answers POST /deliveries/:id/retry.
func (h *Routes) RetryDelivery(c echo.Context) error {
	return h.operate(c, func(ctx context.Context, d models.DeliveryAttempt, actor, reason string) (string, error) {
		if reason == "" {
			return "", models.Errorf(models.CodeInvalid, "Say what has changed since.")
		}
		return "The route to " + d.Subscription + " tries again now.", h.Operate.RetryRoute(ctx, d.Subscription, actor, reason)
	})
}

// SkipDelivery answers POST /deliveries/:id/skip.
func (h *Routes) SkipDelivery(c echo.Context) error {
	return h.operate(c, func(ctx context.Context, d models.DeliveryAttempt, actor, reason string) (string, error) {
		if reason == "" {
			return "", models.Errorf(models.CodeInvalid, "Say why.")
		}
		return "The message is skipped.", h.Operate.SkipMessage(ctx, d, actor, reason)
	})
}

func (h *Routes) operate(c echo.Context, do func(ctx context.Context, d models.DeliveryAttempt, actor, reason string) (string, error)) error {
	id, err := numberParam(c, "id", "delivery")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		d, _, err := h.Read.Delivery(ctx, id)
		if err != nil {
			return "", err
		}
		return do(ctx, d, actor, reason)
	})
}
