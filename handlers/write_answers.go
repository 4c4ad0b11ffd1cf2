package handlers

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// writeAnswers are the calls to the ERP, the newest first and open, each with
// what was asked and answered. Both are only for those who may see payloads.
func writeAnswers(tries []models.ERPWriteAttempt, payloads bool) []pages.Answer {
	answers := make([]pages.Answer, 0, len(tries))
	for i, try := range slices.Backward(tries) {
		number := strconv.Itoa(try.Attempt)
		answer := pages.Answer{
			ID: "answer-" + number, Title: "Attempt " + number + ": " + try.Action + ", " + callWords(try),
			Took: ui.Took(try.EndedAt.Sub(try.StartedAt)), At: try.EndedAt, Error: try.Error, Open: i == len(tries)-1,
		}
		if payloads {
			answer.Request, answer.Body = indented(try.Request), indented(try.Response)
		}
		answers = append(answers, answer)
	}
	return answers
}

// callWords say what came of a call, and whether it is worth another.
func callWords(try models.ERPWriteAttempt) string {
	if try.Class == "" || try.Class == try.Outcome {
		return try.Outcome
	}
	return try.Outcome + ", " + try.Class
}

// sameCauseTable lists the other orders that fail with the same words; nil when
// this one does not fail.
func sameCauseTable(w models.ERPWriteDetail) *ui.Table {
	if w.Error == "" {
		return nil
	}
	table := &ui.Table{
		ID: "same-cause", Caption: "Orders that fail for the same cause",
		Columns: []ui.Column{
			{Title: "Recommendation", Fold: ui.FoldLead}, {Title: "Item", Fold: ui.FoldGrow}, {Title: "DC"}, {Title: "Supplier"},
			{Title: "Value", Number: true}, {Title: "State", Fold: ui.FoldTrail}, {Title: "Since"},
		},
		Empty: ui.Notice{Title: "No other order", Detail: "None that is still to be made fails with these words."},
	}
	for _, o := range w.Same {
		table.Rows = append(table.Rows, ui.Row{Href: writePath(o.ID), Cells: cells(
			ui.Text(o.Recommendation), ui.Text(o.Item), ui.Text(o.DC), ui.Text(o.Supplier),
			ui.Money(ui.Exact(o.Value), o.Currency), ui.Text(writeWord(o.State)), ui.Since(o.CreatedAt))})
	}
	return table
}

func writePath(id int64) string { return "/writes/" + ui.ID(id) }

// writeAffected is who waits for the order.
func writeAffected(w models.ERPWriteDetail) []ui.KeyValue {
	affected := []ui.KeyValue{
		{Key: "Chain", Value: ui.Link(chainPath(w.Recommendation), w.Recommendation)},
		{Key: "Item", Value: ui.Link(chainPath(w.Item+"@"+w.DC), w.Item+" at "+w.DC)},
		{Key: "DC", Value: ui.Link("/dcs/"+url.PathEscape(w.DC), w.DC)},
	}
	from := ui.KeyValue{Key: "Supplier", Value: ui.Text(w.Request.Supplier)}
	if w.Request.Kind == "transfer" {
		from = ui.KeyValue{Key: "From DC", Value: ui.Text(w.Request.FromDC)}
	}
	affected = append(affected, from)
	for _, line := range w.Request.Lines {
		affected = append(affected, ui.KeyValue{Key: "Line " + strconv.Itoa(line.Line), Value: ui.Text(ui.Exact(line.Quantity) + " " + line.Unit), Note: "needed by " + line.NeedBy})
	}
	affected = append(affected, ui.KeyValue{Key: "Value", Value: ui.Text(ui.Exact(w.Value) + " " + w.Currency)})
	if w.Actor != "" {
		affected = append(affected, ui.KeyValue{Key: "Approved by", Value: ui.Text(w.Actor)})
	}
	if w.Error != "" {
		affected = append(affected, ui.KeyValue{Key: "Same cause", Value: sameCause(w)})
	}
	return affected
}

// sameCause counts the other orders that fail with the same words, with the way to them.
func sameCause(w models.ERPWriteDetail) templ.Component {
	if len(w.Same) == 0 {
		return ui.Muted("no other order")
	}
	same := counted(int64(len(w.Same)), "other order")
	if w.MoreSame {
		same = "more than " + same
	}
	return ui.Link("#same-cause", same)
}

// writeDocuments are the order that is wanted, beside what the newest call asked
// and was answered: a call may only have asked for our reference.
func writeDocuments(w models.ERPWriteDetail) ([]pages.Document, error) {
	request, err := json.MarshalIndent(w.Request, "", "  ")
	if err != nil {
		return nil, models.Wrap(models.CodeInternal, err, "The order cannot be shown.")
	}
	order := pages.Document{Title: "Our order", Text: string(request)}
	if w.Received == "" {
		return []pages.Document{order}, nil
	}
	return []pages.Document{{Title: "The recommendation, as it was received", Text: indented(w.Received)}, order}, nil
}
