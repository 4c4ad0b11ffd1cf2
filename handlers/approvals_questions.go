package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/form"
	"throughline/web/session"
)

// Ask answers POST /approvals/:recommendation/questions: somebody who decides
// wants to know something first.
func (h *Approvals) Ask(c echo.Context) error {
	id := c.Param("recommendation")
	return h.said(c, "Your question about "+id+" is noted; planners find it on their day.", func(actor, text string) error {
		return h.Workflow.Ask(c.Request().Context(), id, actor, text)
	})
}

// Answer answers POST /approvals/:recommendation/questions/:question/answer.
func (h *Approvals) Answer(c echo.Context) error {
	question, err := numberParam(c, "question", "question")
	if err != nil {
		return err
	}
	return h.said(c, "The answer stands in the review.", func(actor, text string) error {
		return h.Workflow.Answer(c.Request().Context(), c.Param("recommendation"), question, actor, text)
	})
}

func (h *Approvals) said(c echo.Context, done string, say func(actor, text string) error) error {
	values, err := c.FormParams()
	if err != nil {
		return models.Wrap(models.CodeInvalid, err, "The form could not be read.")
	}
	f := form.Read(values)
	text := f.Text("reason", longestReason)
	if err := f.Err(); err != nil {
		return h.refused(c, err)
	}
	reader, _ := session.User(c.Request().Context())
	if err := say(reader.Name, text); err != nil {
		return h.refused(c, err)
	}
	return h.answer(c, http.StatusOK, done)
}

func askAction(r models.Review) ui.Action {
	return ui.Action{
		Label: "Ask", Of: "about " + r.Recommendation, URL: decisionURL(r, "questions"), Key: "q",
		Confirm: &ui.Confirm{
			ID: "ask", Title: "Ask about " + r.Recommendation, Body: "A planner answers. The recommendation goes on waiting.",
			Reason: "Question", Label: "Ask",
		},
	}
}

// questionLines are the questions with their answers; an open one can be
// answered by those who may.
func questionLines(r models.Review, mayAnswer bool) []pages.Question {
	lines := make([]pages.Question, 0, len(r.Questions))
	for _, q := range r.Questions {
		line := pages.Question{Question: ui.TimelineItem{At: q.AskedAt, Title: q.Question, Actor: q.AskedBy, Mark: ui.MarkWaiting}}
		switch {
		case !q.Open():
			line.Question.Mark = ui.MarkDone
			line.Answer = &ui.TimelineItem{At: *q.AnsweredAt, Title: q.Answer, Actor: q.AnsweredBy}
		case mayAnswer:
			line.Action = &ui.Action{
				Label: "Answer", Of: q.AskedBy, URL: decisionURL(r, "questions/"+ui.ID(q.ID)+"/answer"),
				Confirm: &ui.Confirm{
					ID: "answer-" + ui.ID(q.ID), Title: "Answer " + q.AskedBy, Body: q.Question, Reason: "Answer", Label: "Answer",
				},
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// askedNote marks a recommendation with questions that nobody has answered.
func askedNote(open int) string {
	if open == 0 {
		return ""
	}
	return counted(int64(open), "open question")
}

func questionTable(day models.MyDay) ui.Table {
	table := ui.Table{
		ID: "questions", Caption: "Open questions about recommendations, the oldest first",
		Columns: []ui.Column{
			{Title: "Recommendation", Fold: ui.FoldLead}, {Title: "Question", Fold: ui.FoldGrow}, {Title: "Item"}, {Title: "DC"},
			{Title: "Asked", Fold: ui.FoldTrail},
		},
		Empty: ui.Notice{Title: "Nobody asks anything", Detail: "What those who approve ask about a recommendation appears here until it is answered."},
	}
	for _, q := range day.Questions {
		table.Rows = append(table.Rows, ui.Row{
			ID: "question-" + ui.ID(q.ID), Href: approvalPath + "/" + url.PathEscape(q.Recommendation),
			Cells: cells(ui.Text(q.Recommendation), pages.Titled(q.Question, "Asked by "+q.AskedBy), ui.Text(q.Item), ui.Text(q.DC), ui.Since(q.AskedAt)),
		})
	}
	return table
}
