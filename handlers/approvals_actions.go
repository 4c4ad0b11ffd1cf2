package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/form"
	"throughline/web/render"
	"throughline/web/session"
)

const longestReason = 500

// Approve answers POST /approvals/:recommendation/approve, with another
// quantity if the form has one.
func (h *Approvals) Approve(c echo.Context) error { return h.decide(c, models.DecisionApproved) }

// Reject answers POST /approvals/:recommendation/reject.
func (h *Approvals) Reject(c echo.Context) error { return h.decide(c, models.DecisionRejected) }

// Recompute answers POST /approvals/:recommendation/recompute: the engine is
// asked to look again.
func (h *Approvals) Recompute(c echo.Context) error {
	reader, _ := session.User(c.Request().Context())
	id := c.Param("recommendation")
	if err := h.Workflow.Recompute(c.Request().Context(), id, reader.Name, "asked for in the approval of "+id); err != nil {
		return h.refused(c, err)
	}
	return h.answer(c, http.StatusOK, "Replenishment computes "+id+" again; its answer takes this one's place.")
}

func (h *Approvals) decide(c echo.Context, verdict models.DecisionVerdict) error {
	decision, err := readDecision(c, verdict)
	if err != nil {
		return h.refused(c, err)
	}
	p, err := h.Workflow.Decide(c.Request().Context(), decision)
	if err != nil {
		return h.refused(c, err)
	}
	return h.answer(c, http.StatusOK, decidedText(p))
}

// readDecision takes the decision from the form, with the version and the
// verdict that the page showed.
func readDecision(c echo.Context, verdict models.DecisionVerdict) (models.Decision, error) {
	values, err := c.FormParams()
	if err != nil {
		return models.Decision{}, models.Wrap(models.CodeInvalid, err, "The form could not be read.")
	}
	reader, _ := session.User(c.Request().Context())
	f := form.Read(values)
	d := models.Decision{
		Recommendation: c.Param("recommendation"), Verdict: verdict, Actor: reader.Name,
		Version: int(f.Int("version")), Reason: f.Text("reason", longestReason), AcceptStale: f.Text("accept_stale", 1) != "",
		Shown: models.Verdict(f.Choice("shown", string(models.VerdictCurrent), string(models.VerdictAged),
			string(models.VerdictSuperseded), string(models.VerdictUnknown))),
	}
	if values.Has("quantity") {
		quantity := f.Quantity("quantity")
		d.Quantity = &quantity
	}
	return d, f.Err()
}

func decidedText(p models.Proposal) string {
	switch p.State {
	case models.ProposalRejected:
		return p.Recommendation + " is rejected."
	case models.ProposalWaiting:
		return p.Recommendation + ": your approval is noted; a second person has to approve it too."
	default:
		return p.Recommendation + " is approved: the order for " + amount(p.Quantity, p.Unit) + " of " + p.Item + " goes to the ERP."
	}
}

// refused answers what could not be done with the state as it is now. What is
// not about the decision itself stays an error.
func (h *Approvals) refused(c echo.Context, err error) error {
	statuses := map[models.Code]int{
		models.CodeInvalid: http.StatusUnprocessableEntity, models.CodeForbidden: http.StatusForbidden,
		models.CodeConflict: http.StatusConflict, models.CodePrecondition: http.StatusPreconditionFailed,
		models.CodeUnavailable: http.StatusServiceUnavailable,
	}
	var coded *models.Error
	if !errors.As(err, &coded) || statuses[coded.Code] == 0 {
		return err
	}
	text := coded.Message
	var changed *models.ProposalChanged
	if errors.As(err, &changed) && coded.Code == models.CodeConflict && len(changed.Decisions) > 0 {
		last := changed.Decisions[len(changed.Decisions)-1]
		text += " " + decisionSentence(last)
	}
	return h.answer(c, statuses[coded.Code], text)
}

func decisionSentence(d models.DecisionRecord) string {
	words := map[models.DecisionVerdict]string{
		models.DecisionApproved: "approved it", models.DecisionRejected: "rejected it",
		models.DecisionFirst: "approved it as the first of two", models.DecisionRecompute: "asked for a recomputation",
	}
	return d.Actor + " " + words[d.Verdict] + " at " + models.Instant(d.DecidedAt) + "."
}

// answer tells how it went. htmx gets the review as it is now beside the
// message, and the lists on the page fetch themselves anew.
func (h *Approvals) answer(c echo.Context, status int, text string) error {
	id, failed := c.Param("recommendation"), status != http.StatusOK
	if !render.IsHTMX(c.Request()) {
		if failed {
			return h.show(c, status, &ui.Notice{Kind: ui.Partial, Title: text, Detail: "This is the recommendation as it is now."})
		}
		return c.Redirect(http.StatusSeeOther, approvalPath+"/"+url.PathEscape(id))
	}
	review, err := h.Read.Review(c.Request().Context(), id)
	if err != nil {
		return err
	}
	view := h.review(c, review)
	c.SetRequest(c.Request().WithContext(h.Frame.Patch(c.Request().Context())))
	c.Response().Header().Set("HX-Trigger", "refresh")
	return render.HTML(c, status, pages.ReviewAnswer(view, ui.Toast{Text: text, Failed: failed}))
}
