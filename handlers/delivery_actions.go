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

// deliveryDocuments are the facts that the message carries, as the tower
// understands them.
func (h *Routes) deliveryDocuments(d models.DeliveryAttempt, events []models.Event) []pages.Document {
	var sent strings.Builder
	for _, e := range events {
		text, err := h.Canonical.Canonical(e.Type, e.Data)
		if err != nil {
			text = "The tower does not understand it: " + err.Error()
		}
		fmt.Fprintf(&sent, "%s %s\n%s\n\n", e.Type, e.ID, text)
	}
	if int64(len(events)) < d.Events {
		fmt.Fprintf(&sent, "%d of %d events are shown.", len(events), d.Events)
	}
	return []pages.Document{{Title: "Facts in the message", Text: sent.String()}}
}

func deliveryActions(d models.DeliveryAttempt) []ui.Action {
	path := "/deliveries/" + ui.ID(d.ID)
	return []ui.Action{
		{Label: "Retry now", Key: "r", URL: path + "/retry", Tone: ui.Main},
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
