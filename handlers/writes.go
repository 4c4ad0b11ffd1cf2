package handlers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// Writes answers single ERP writes: one approved recommendation on its way
// into exactly one order.
type Writes struct {
	Frame   *Frame
	Read    WriteReader
	Operate WriteOperator
	Retries models.RetryPolicies // of calls to the ERP, by class
	Policy  authz.Policy
}

// Show answers GET /writes/:id.
func (h *Writes) Show(c echo.Context) error {
	id, err := numberParam(c, "id", "ERP write")
	if err != nil {
		return err
	}
	w, err := h.Read.ERPWrite(c.Request().Context(), id)
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavFlow, "Order for "+w.Recommendation+": "+writeWord(w.State))
	page.Lead = "ERP write " + ui.ID(w.ID) + " under the reference " + w.Reference
	page.Crumbs = flowCrumbs(c, h.Policy, layout.Crumb{Title: "Flow map", Href: "/flow"})
	page.Live = livePath(models.TopicApprovals, models.TopicExceptions)
	payloads := may(c, h.Policy, authz.ViewPayloads)
	view := pages.Failure{
		Page: page, Self: c.Request().URL.RequestURI(), Topics: string(models.TopicApprovals) + " " + string(models.TopicExceptions),
		Standing: writeStanding(w), Way: h.way(w), WayNote: "from the approval, real time",
		Answers: writeAnswers(w.Tries, payloads), AnswersNote: "each call to the ERP, the newest first", Same: sameCauseTable(w),
		Facts: h.facts(w), Affected: writeAffected(w), Related: relatedTable(w.Exceptions, h.Frame.Now()),
	}
	if payloads {
		if view.Documents, err = writeDocuments(w); err != nil {
			return err
		}
	}
	if w.Open() && may(c, h.Policy, authz.OperateFlow) {
		view.Actions = writeActions(w)
	}
	return render.HTML(c, http.StatusOK, pages.FailurePage(view))
}

func writeWord(s models.ERPWriteState) string {
	switch s {
	case models.WriteIntent:
		return "not sent yet"
	case models.WriteSent:
		return "sent, not answered yet"
	case models.WriteUnknown:
		return "outcome unknown"
	case models.WriteConfirmed:
		return "in the ERP"
	case models.WriteFailed:
		return "refused by the ERP"
	case models.WriteDiscarded:
		return "given up"
	}
	return string(s)
}

func writeStanding(w models.ERPWriteDetail) *ui.Notice {
	switch w.State {
	case models.WriteConfirmed:
		return nil
	case models.WriteFailed:
		return &ui.Notice{Kind: ui.Failed, Title: w.Error, Detail: "Nothing was ordered. Mend the cause and resubmit the order, or give it up with a reason."}
	case models.WriteUnknown:
		return &ui.Notice{Kind: ui.Stale, Title: w.Error, Detail: "The ERP may have made the order. It is asked for the reference before anything is sent again."}
	case models.WriteDiscarded:
		return &ui.Notice{Kind: ui.Partial, Title: "Given up", Detail: "The order was not made and will not be."}
	case models.WriteIntent, models.WriteSent:
	}
	return &ui.Notice{Kind: ui.Stale, Title: "On its way to the ERP", Detail: "Nobody needs to do anything."}
}

func writeActions(w models.ERPWriteDetail) []ui.Action {
	id := ui.ID(w.ID)
	facts := []ui.Fact{{Key: "Recommendation", Value: w.Recommendation}, {Key: "Item", Value: w.Item + " at " + w.DC}}
	return []ui.Action{
		{Label: "Resubmit", Key: "r", URL: "/writes/" + id + "/resubmit", Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "resubmit-write", Title: "Resubmit the order for " + w.Recommendation + "?", Facts: facts, Reason: "What has changed since", Label: "Resubmit",
			Body: "If the ERP may have it already, it is asked for our reference first: there will be one order.",
		}},
		{Label: "Give up", URL: "/writes/" + id + "/discard", Tone: ui.Danger, Confirm: &ui.Confirm{
			ID: "discard-write", Title: "Give up the order for " + w.Recommendation + "?", Facts: facts, Reason: "Why it is not needed", Label: "Give up",
			Body: "The approval is taken back and nothing is ordered. This cannot be undone.",
		}},
	}
}

// Resubmit answers POST /writes/:id/resubmit.
func (h *Writes) Resubmit(c echo.Context) error {
	return h.operate(c, h.Operate.Resubmit)
}

// Discard answers POST /writes/:id/discard.
func (h *Writes) Discard(c echo.Context) error {
	return h.operate(c, func(ctx context.Context, write int64, actor, reason string) (string, error) {
		return "The order was given up.", h.Operate.Discard(ctx, write, actor, reason)
	})
}

func (h *Writes) operate(c echo.Context, do func(ctx context.Context, write int64, actor, reason string) (string, error)) error {
	id, err := numberParam(c, "id", "ERP write")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		return do(ctx, id, actor, reason)
	})
}

func (h *Writes) way(w models.ERPWriteDetail) ui.Waterfall {
	way := waterfall{start: w.CreatedAt}
	first := h.Frame.Now()
	if len(w.Tries) > 0 {
		first = w.Tries[0].StartedAt
	}
	way.add("Approved, waits for a writer", w.CreatedAt, first.Sub(w.CreatedAt), ui.StageDone, "")
	for _, try := range w.Tries {
		name, state := "Send the order", ui.StageDone
		if try.Action == models.ActionLookup {
			name = "Ask for our reference"
		}
		if try.Class != "" {
			state = ui.StageFailed
		}
		way.add(name, try.StartedAt, try.EndedAt.Sub(try.StartedAt), state, try.Outcome)
	}
	return way.Waterfall
}

func (h *Writes) facts(w models.ERPWriteDetail) []ui.KeyValue {
	facts := []ui.KeyValue{
		{Key: "Reference", Value: ui.Code(w.Reference), Note: "the same for every attempt"},
		{Key: "System", Value: ui.Text(w.System), Note: w.Request.Kind},
		{Key: "Trace", Value: traceLink(w.TraceParent.TraceID()), Note: "of its recommendation; each request carries it"},
	}
	if w.Document != "" {
		facts = append(facts, ui.KeyValue{Key: "Order", Value: ui.Link(chainPath(w.Document), w.Document)})
	}
	if w.ApprovedAt != nil {
		facts = append(facts, ui.KeyValue{Key: "Approved", Value: ui.Since(*w.ApprovedAt), Note: "by " + w.Actor})
	}
	if w.State == models.WriteIntent || w.State == models.WriteUnknown {
		facts = append(facts, ui.KeyValue{Key: "Next attempt", Value: ui.Deadline(w.NextAttemptAt, 0)})
		if policy, ok := h.Retries[models.RetryClass(w.ErrorClass)]; ok {
			facts = append(facts, ui.KeyValue{Key: "Retries", Value: ui.Text(w.ErrorClass), Note: policy.String()})
		}
	}
	return append(facts, ui.KeyValue{Key: "Attempts", Value: ui.Text(strconv.Itoa(w.Attempts))})
}
