package handlers

import (
	"net/url"
	"strconv"
	"strings"

	"throughline/models"
	"throughline/views/ui"
)

// reviewActions are the buttons of a decision, each with the version and the
// verdict that the page shows, so that the world cannot move on unnoticed.
func reviewActions(r models.Review, reader string) []ui.Action {
	approve, change := approveAction(r, reader), changeAction(r, reader)
	recompute := ui.Action{
		Label: "Recompute", Of: r.Recommendation, URL: decisionURL(r, "recompute"), Key: "r",
	}
	reject := ui.Action{
		Label: "Reject", Of: r.Recommendation, URL: decisionURL(r, "reject"), Key: "d", Tone: ui.Danger, Fields: shownFields(r),
		Confirm: &ui.Confirm{
			ID: "reject", Title: "Reject " + r.Recommendation + "?",
			Body:   "No order is made. The engine may recommend it again when its next run finds the need.",
			Reason: "Reason", Reasons: rejectReasons(), Label: "Reject",
		},
	}
	if stale(r) {
		recompute.Tone = ui.Main
		return []ui.Action{recompute, approve, change, askAction(r), reject}
	}
	return []ui.Action{approve, change, recompute, askAction(r), reject}
}

func approveAction(r models.Review, reader string) ui.Action {
	approve := ui.Action{
		Label: "Approve", Of: r.Recommendation, URL: decisionURL(r, "approve"), Key: "a", Tone: ui.Main, Fields: shownFields(r),
	}
	if r.Route == models.RouteDouble && r.FirstApprover == reader {
		approve.Disabled = "You approved this as the first of two; another person has to be the second."
	}
	if held := heldBack(r, reader); held != "" {
		approve.Disabled = held
	}
	if stale(r) {
		approve.Label, approve.Tone = "Approve anyway", ui.Plain
		approve.Confirm = &ui.Confirm{
			ID: "approve-stale", Title: "Approve on a basis that is " + strings.ToLower(string(r.Basis.Verdict)) + "?", Body: r.Basis.Changed,
			Reason: "Why all the same", Label: "Approve anyway",
		}
	}
	return approve
}

// heldBack is why nobody, or not this reader, may approve while a feed is late.
func heldBack(r models.Review, reader string) string {
	f, withheld := models.Withheld(r.Late, reader, r.DC, r.FromDC)
	switch {
	case !withheld:
		return ""
	case f.Lifted != nil:
		return "You set the hold on " + f.Source + " aside; another person has to approve."
	default:
		return models.SourceName(f.Source) + " is silent: held until it is heard, or until somebody sets the hold aside."
	}
}

func changeAction(r models.Review, reader string) ui.Action {
	change := ui.Action{
		Label: "Change quantity", Of: "of " + r.Recommendation, URL: decisionURL(r, "approve"), Key: "c", Fields: shownFields(r),
		Confirm: &ui.Confirm{
			ID: "change-quantity", Title: "Approve another quantity", Body: "The engine recommended " + amount(r.Recommended, r.Unit) + ".",
			Inputs: []ui.Input{{
				Name: "quantity", Label: "Quantity in " + r.Unit, Value: r.Quantity.String(), Hint: packHint(r), Number: true,
			}},
			Reason: "Why another quantity", Reasons: changeReasons(), Label: "Approve this quantity",
		},
	}
	if held := heldBack(r, reader); held != "" {
		change.Disabled = held
	}
	if stale(r) {
		change.Confirm.Body, change.Confirm.Reason, change.Confirm.Reasons = r.Basis.Changed, "Why another quantity, and on this basis", nil
	}
	return change
}

func stale(r models.Review) bool { return r.Basis.Verdict != models.VerdictCurrent }

func decisionURL(r models.Review, action string) string {
	return approvalPath + "/" + url.PathEscape(r.Recommendation) + "/" + action
}

// shownFields say what the page showed; a basis that is shown as stale is
// accepted with the reason that the form asks for.
func shownFields(r models.Review) []ui.Field {
	fields := []ui.Field{{Name: "version", Value: strconv.Itoa(r.Version)}, {Name: "shown", Value: string(r.Basis.Verdict)}}
	if stale(r) {
		fields = append(fields, ui.Field{Name: "accept_stale", Value: "1"})
	}
	return fields
}

func packHint(r models.Review) string {
	if text := packsText(r.Quantity, r.Pack, leastOf(r.Approval)); text != "" {
		return "Now " + text
	}
	return ""
}

func changeReasons() []string {
	return []string{
		"The forecast misses a promotion or an event", "A full pallet or truck", "Room or transport is short", "Budget",
		"Covered in part by another order or a transfer", "Other",
	}
}

func rejectReasons() []string {
	return []string{
		"Not needed any more", "Quantity is wrong", "Covered by another order or a transfer", "Based on old figures",
		"Supplier or price is wrong", "Other",
	}
}
