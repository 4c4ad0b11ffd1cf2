package handlers

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
)

func runTable(runs []models.ReconcileRun, currency, open string) ui.Table {
	table := ui.Table{
		ID: "runs", Caption: "Comparisons with the owners",
		Columns: []ui.Column{
			{Title: "Run", Fold: ui.FoldLead}, {Title: "Scope", Fold: ui.FoldTrail, Help: "The owner's stock against ours, or against what another system holds"},
			{Title: "State", Fold: ui.FoldLead, Breaks: true}, {Title: "Started"}, {Title: "Compared", Unit: "positions", Number: true}, {Title: "Agree", Number: true},
			{Title: "On its way", Number: true, Help: "Differences that an event here explains; they clear by themselves"},
			{Title: "Differ", Number: true}, {Title: "Difference", Unit: models.UnitMoney, Number: true}, {Title: "Explained by", Said: true},
			{Title: "Unexplained", Number: true}, {Title: "Cleared", Number: true, Help: "Earlier differences on which both sides agree again"},
			{Title: "Repairs", Number: true, Help: "Differences that a person has to repair; each is an exception with its next move"}, {Title: "Signed off", Said: true},
		},
		Empty: ui.Notice{Title: "No run yet", Detail: "The owner's snapshot is compared with our stock every few minutes."},
	}
	for _, r := range runs {
		signed := ui.Muted("–")
		if r.SignedAt != nil {
			signed = ui.Text(r.SignedBy)
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "run-" + ui.ID(r.ID), Href: reconciliationHome + "?run=" + ui.ID(r.ID), Panel: true, Open: ui.ID(r.ID) == open,
			Cells: cells(
				ui.Text(ui.ID(r.ID)), ui.Text(r.Source), templ.Join(runState(r), failuresInARow(r)), ui.Since(r.StartedAt), ui.Text(ui.Count(r.Compared)),
				ui.Text(agreement(r)), ui.Text(ui.Count(r.InFlight)), ui.Text(ui.Count(r.Drifted)), ui.Text(exactly(r.DriftValue, currency)), ui.Clip(explained(r)),
				ui.Text(ui.Count(r.Causes[models.DriftUnexplained])), ui.Text(ui.Count(r.Cleared)), ui.Text(ui.Count(r.Drifted-r.Healed)), signed),
		})
	}
	return table
}

// explained counts what a run called, by cause, without what nothing explains and
// what is on its way.
func explained(r models.ReconcileRun) string {
	var parts []string
	for _, cause := range models.DriftCauses() {
		if n := r.Causes[cause]; n > 0 && cause != models.DriftUnexplained && cause != models.DriftInFlight {
			parts = append(parts, driftCause(cause)+" "+ui.Count(n))
		}
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, ", ")
}

// runPanel is a run in full, with its signature or the way to sign it.
func (h *Reconciliation) runPanel(c echo.Context, open string) (*pages.BoardPanel, error) {
	id, err := strconv.ParseInt(open, 10, 64)
	if err != nil {
		return nil, models.Errorf(models.CodeNotFound, "There is no run %q.", open)
	}
	r, err := h.Read.Run(c.Request().Context(), id)
	if err != nil {
		return nil, err
	}
	panel := &pages.BoardPanel{
		Panel: ui.Panel{Title: "Run " + ui.ID(r.ID), Subtitle: r.Source + " · " + r.State, CloseHref: reconciliationHome},
		Parts: []pages.PanelPart{{Title: "What it found", Body: ui.KeyValues(runFacts(r, h.Frame.Currency(c.Request().Context())))}},
	}
	if r.SignedAt != nil {
		panel.Parts = append(panel.Parts, pages.PanelPart{Title: "Signed off", Body: ui.KeyValues([]ui.KeyValue{
			{Key: "By", Value: ui.Text(r.SignedBy)}, {Key: "When", Value: ui.Since(*r.SignedAt)}, {Key: "Note", Value: ui.Text(r.SignNote)},
		})})
		return panel, nil
	}
	if r.State == "finished" && may(c, h.Policy, authz.OperateFlow) {
		panel.Panel.Actions = []ui.Action{signAction(r)}
	}
	return panel, nil
}

func runFacts(r models.ReconcileRun, currency string) []ui.KeyValue {
	facts := []ui.KeyValue{
		{Key: "Comparison", Value: ui.Text(cmp.Or(r.Comparison, "–"))},
		{Key: "Asked by", Value: ui.Text(r.AskedBy)},
		{Key: "Started", Value: ui.Since(r.StartedAt)},
		{Key: "Took", Value: ui.Text(runTook(r))},
		{Key: "Agree", Value: ui.Text(agreement(r)), Note: agreed(r)},
		{Key: "Tolerance", Value: ui.Text(r.Tolerance.String()), Note: "on hand and allocated each"},
		{Key: "On their way", Value: ui.Text(ui.Count(r.InFlight))},
		{Key: "Differ", Value: ui.Text(ui.Count(r.Drifted)), Note: currency + " " + exactly(r.DriftValue, currency) + " at cost stand open"},
		{Key: "Explained by", Value: ui.Text(explained(r))},
		{Key: "Unexplained", Value: ui.Text(ui.Count(r.Causes[models.DriftUnexplained])), Note: currency + " " + exactly(r.UnexplainedValue, currency) + " at cost stand open"},
		{Key: "Mended", Value: ui.Text(ui.Count(r.Healed)), Note: "read again from the owner, or delivered again"},
		{Key: "Cleared", Value: ui.Text(ui.Count(r.Cleared))},
	}
	if r.Error != "" {
		key := "Failed"
		if r.State == "finished" {
			key = "Not delivered again"
		}
		facts = append(facts, ui.KeyValue{Key: key, Value: ui.Text(r.Error)})
	}
	return facts
}

func signAction(r models.ReconcileRun) ui.Action {
	return ui.Action{
		Label: "Sign off", Key: "s", URL: reconciliationHome + "/runs/" + ui.ID(r.ID) + "/sign", Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "sign-run", Title: "Sign run " + ui.ID(r.ID) + " off?", Reason: "Note", Label: "Sign off",
			Facts: []ui.Fact{
				{Key: "Compared", Value: counted(r.Compared, "position")}, {Key: "Differ", Value: ui.Count(r.Drifted)},
				{Key: "Unexplained", Value: ui.Count(r.Causes[models.DriftUnexplained])},
			},
			Body: "Your name and the note stand with the run for good. It is signed once.",
		},
	}
}

// Sign answers POST /reconciliation/runs/:id/sign.
func (h *Reconciliation) Sign(c echo.Context) error {
	id, err := numberParam(c, "id", "run")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, note string) (string, error) {
		if note == "" {
			return "", models.Errorf(models.CodeInvalid, "Say what you looked at: a signature needs a note.")
		}
		return "Run " + ui.ID(id) + " is signed off.", h.Signer.Sign(ctx, id, actor, note)
	})
}

func runState(r models.ReconcileRun) templ.Component {
	switch r.State {
	case "failed":
		return ui.HealthBadge(ui.HealthFailing, "failed: "+r.Error)
	case "interrupted":
		return ui.HealthBadge(ui.HealthLate, r.State)
	}
	return ui.HealthBadge(ui.HealthGood, r.State)
}

// failuresInARow says of a failed run how many failed before it, and since when.
func failuresInARow(r models.ReconcileRun) templ.Component {
	if r.Failures < 2 {
		return templ.NopComponent
	}
	return templ.Join(ui.Text(" "), pages.Below(templ.Join(ui.Muted(ui.Count(r.Failures)+" failed in a row since "), ui.At(*r.FailingAt))))
}

func runTook(r models.ReconcileRun) string {
	if r.FinishedAt == nil {
		return "–"
	}
	return ui.Took(r.FinishedAt.Sub(r.StartedAt).Round(time.Millisecond))
}
