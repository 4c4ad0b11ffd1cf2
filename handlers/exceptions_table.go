package handlers

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// column is one column of a queue and how its cell is made.
type column struct {
	ui.Column
	cell func(models.Exception) templ.Component
}

// spare gives way beside an open panel, which says the same.
func spare(c column) column {
	c.Spare = true
	return c
}

func (h *Exceptions) queueTable(c echo.Context, kind queueKind, f queueFilter, list models.ExceptionPage, under folds, shown string, open int64) ui.Table {
	columns := h.columns(kind, f, under, c)
	table := ui.Table{
		ID: "queue", Caption: kind.title,
		Empty: ui.Notice{
			Title:  "Nothing needs anyone here",
			Detail: "An exception appears by itself when something goes wrong, and leaves when it is right again.",
		},
	}
	for _, col := range columns {
		table.Columns = append(table.Columns, col.Column)
	}
	for _, e := range list.Rows {
		table.Rows = append(table.Rows, exceptionRow(kind, f, columns, e, open))
		if strconv.FormatInt(e.ID, 10) == f.follow {
			for _, child := range under.shown {
				table.Rows = append(table.Rows, exceptionRow(kind, f, columns, child, open))
			}
		}
	}
	if list.Next != "" {
		next := f
		next.after = list.Next
		table.Pager = &ui.Pager{Shown: shown, NextHref: next.address(kind.path)}
	}
	return table
}

func exceptionRow(kind queueKind, f queueFilter, columns []column, e models.Exception, open int64) ui.Row {
	id := strconv.FormatInt(e.ID, 10)
	row := ui.Row{ID: "exception-" + id, Href: f.address(kind.path, "open", id), Panel: true, Open: e.ID == open, Value: id}
	for _, col := range columns {
		row.Cells = append(row.Cells, col.cell(e))
	}
	return row
}

func (h *Exceptions) columns(kind queueKind, f queueFilter, under folds, c echo.Context) []column {
	now := h.Frame.Now()
	clock := h.Frame.Clock()
	priority := column{ui.Column{Title: "Priority", Name: "priority", Sortable: true, Fold: ui.FoldLead}, func(e models.Exception) templ.Component {
		return ui.SeverityBadge(severityOf(e.Priority))
	}}
	happened := column{ui.Column{Title: "What happened", Name: "title", Sortable: true, Fold: ui.FoldGrow, Breaks: true}, func(e models.Exception) templ.Component {
		return under.beside(kind, f, e, pages.Titled(e.Headline(), e.Happened))
	}}
	risk := column{ui.Column{Title: "At risk", Name: "risk", Sortable: true, Unit: models.UnitMoney, Number: true, Fold: ui.FoldTrail}, func(e models.Exception) templ.Component {
		return ui.Money(ui.Overview(e.ValueAtRisk.Round(0)), e.Currency)
	}}
	checked := column{ui.Column{Title: "Checked", Name: "checked", Sortable: true, Help: "When the tower last saw that it stands, and reckoned what is at risk", Fold: ui.FoldHide}, func(e models.Exception) templ.Component {
		return ui.Since(e.LastSeenAt)
	}}
	hours := column{
		ui.Column{Title: "Left", Said: true, Name: "left", Sortable: true, Help: "Business time to the stockout or cut-off; of technical faults real time until it hurts"},
		func(e models.Exception) templ.Component {
			if e.State == models.ExceptionResolved {
				return ui.Muted("–")
			}
			return leftCell(e.ConsequenceAt, e.Technical(), now, clock)
		},
	}
	state := column{ui.Column{Title: "State", Name: "state", Sortable: true, Fold: ui.FoldHide}, func(e models.Exception) templ.Component { return ui.Text(e.StateAt(now).Word()) }}
	owner := column{ui.Column{Title: "Owner", Name: "owner", Sortable: true}, func(e models.Exception) templ.Component { return ownerCell(e.Owner) }}
	duty := column{ui.Column{Title: "Clock", Said: true, Name: "clock", Sortable: true, Help: "Real time left to acknowledge or resolve"}, func(e models.Exception) templ.Component {
		return clockCell(e, now)
	}}
	move := column{ui.Column{Title: "Next move", Unnamed: true}, func(e models.Exception) templ.Component {
		if e.State == models.ExceptionResolved {
			return nil
		}
		return h.nextMove(c, e)
	}}
	subject := func(title string, get func(models.Exception) string) column {
		return column{ui.Column{Title: title, Name: strings.ToLower(title), Sortable: true}, func(e models.Exception) templ.Component { return ui.Text(get(e)) }}
	}
	if kind.team == models.TeamIT {
		return []column{
			priority, concerned(happened),
			{ui.Column{Title: "Code", Name: "code", Sortable: true}, func(e models.Exception) templ.Component {
				kind, _ := e.Code.Kind()
				return pages.Titled(string(e.Code), kind.Name)
			}},
			{ui.Column{Title: "Stage", Name: "stage", Sortable: true, Fold: ui.FoldHide}, func(e models.Exception) templ.Component { return ui.Text(stageName(e.Stage)) }},
			{ui.Column{Title: "Count", Name: "count", Sortable: true, Unit: "×", Number: true, Help: "Occurrences"}, func(e models.Exception) templ.Component {
				return ui.Text(ui.Count(int64(e.Occurrences)))
			}},
			{ui.Column{Title: "First", Name: "first", Sortable: true, Help: "When it was first seen", Fold: ui.FoldHide}, func(e models.Exception) templ.Component { return ui.Since(e.OpenedAt) }},
			checked,
			state,
			risk, hours, duty, spare(owner), move,
		}
	}
	return []column{
		priority, happened,
		spare(subject("Supplier", func(e models.Exception) string { return e.Subject.Supplier })),
		spare(subject("Item", func(e models.Exception) string { return e.Subject.Item })),
		subject("DC", func(e models.Exception) string { return e.Subject.DC }),
		subject("Order", func(e models.Exception) string { return e.Subject.Document }),
		risk, spare(checked), spare(state), hours, spare(duty), spare(owner), move,
	}
}

// concerned adds a second line: what an exception touches, whose data it is, and
// why it is as urgent as it is.
func concerned(col column) column {
	first := col.cell
	col.cell = func(e models.Exception) templ.Component {
		s := e.Subject
		var parts []string
		for _, part := range []string{s.Source, s.Item, s.DC, s.Document} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		return templ.Join(first(e), ui.Under(strings.Join(append(parts, e.Why), " · ")))
	}
	return col
}

// leftText counts to a consequence, a business instant: in business time, of a
// technical fault in real time. A dash where none is known.
func leftText(consequence *time.Time, technical bool, now time.Time, clock models.BusinessClock) templ.Component {
	switch {
	case consequence == nil:
		return ui.Muted("–")
	case technical:
		return aboutCell(clock.When(*consequence).Sub(now))
	}
	return aboutCell(consequence.Sub(clock.At(now)))
}

// leftCell says beside it that it is real time, where that is not business time.
func leftCell(consequence *time.Time, technical bool, now time.Time, clock models.BusinessClock) templ.Component {
	left := leftText(consequence, technical, now, clock)
	if consequence == nil || !technical || clock.Day == 24*time.Hour {
		return left
	}
	return templ.Join(left, ui.Under("real time"))
}

// clockCell adds to the clock whom the last step of the escalation called.
func clockCell(e models.Exception, now time.Time) templ.Component {
	clock := clockText(e, now)
	if e.State == models.ExceptionResolved || e.Follows() || e.Escalation == models.EscalatedNowhere {
		return clock
	}
	return templ.Join(clock, ui.Under(strings.TrimPrefix(e.Escalation.Role(), "the ")))
}

// clockText counts to the next duty: the acknowledgement first, then the resolution.
func clockText(e models.Exception, now time.Time) templ.Component {
	if e.State == models.ExceptionResolved {
		return ui.Muted("–")
	}
	if e.Follows() {
		return ui.Muted("its cause's")
	}
	due := e.ResolveDueAt
	if e.AcknowledgedAt == nil {
		due = e.AckDueAt
	}
	if due.Before(now) {
		return ui.Change(ui.Until(due.Sub(now)), severityOf(e.Priority))
	}
	return ui.Text(ui.Until(due.Sub(now)))
}
