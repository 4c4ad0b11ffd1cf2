package handlers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// deliverAllAction asks with how many there are now.
func deliverAllAction(route string, sum models.RefusedSum) ui.Action {
	facts := []ui.Fact{
		{Key: "Set aside", Value: counted(sum.Events, "event")},
		{Key: "Sent at once", Value: counted(min(sum.Events, models.MostRedelivered), "event") + ", of each key the oldest first"},
		{Key: "Passed by later ones of their keys", Value: counted(sum.Passed, "event")},
	}
	return ui.Action{Label: "Deliver all again", URL: refusedHome(route) + "/deliver", Confirm: &ui.Confirm{
		ID: "deliver-all-refused", Title: "Deliver all that " + route + " refused again?", Facts: facts, Reason: "What has changed since", Label: "Deliver all again",
		Body: "Each is sent once, alone and under a new message id. What is refused again holds the later events of its key and no others. It ends when the subscriber does not answer or takes long. What is not taken stays set aside, with the newest answer.",
	}}
}

// DeliverAll answers POST /routes/:name/refused/deliver. The list tells of each
// event what came of it.
func (h *Refused) DeliverAll(c echo.Context) error {
	name := c.Param("name")
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		all, err := h.Operate.RedeliverAll(ctx, name, nil, actor, reason)
		return redeliveredWords(name, all), err
	})
}

func redeliveredWords(route string, all []models.Redelivery) string {
	n, left := map[models.RedeliveryOutcome]int64{}, map[string]int64{}
	for _, r := range all {
		n[r.Outcome]++
		if r.Outcome == models.RedeliveryLeft {
			left[r.Why]++
		}
	}
	parts := []string{fmt.Sprintf("%s has %s now", route, counted(n[models.RedeliveryTaken], "event"))}
	if refused := n[models.RedeliveryRefused]; refused > 0 {
		parts = append(parts, counted(refused, "event")+" refused again")
	}
	for _, why := range slices.Sorted(maps.Keys(left)) {
		parts = append(parts, fmt.Sprintf("%s left: %s", counted(left[why], "event"), strings.TrimSuffix(why, ".")))
	}
	return strings.Join(parts, ", ") + "."
}
