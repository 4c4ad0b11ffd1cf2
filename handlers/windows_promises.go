package handlers

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"throughline/models"
	"throughline/views/ui"
)

// promiseWindow is within what time a promise is kept at some DCs.
type promiseWindow struct {
	promise models.Promise
	within  time.Duration
	target  models.Target // without a name: what holds where no target says else
}

// promises are the windows of what has to follow.
func (c windowsCut) promises(targets models.Targets, usual func(models.Promise) time.Duration) []promiseWindow {
	var all []promiseWindow
	for _, p := range models.TargetPromises() {
		all = append(all, c.windowsOf(p, targets, usual(p))...)
	}
	return slices.DeleteFunc(all, func(w promiseWindow) bool { return !c.holds(c.DC, w.target.Criticality) })
}

// windowsOf are the one within which a promise is kept at the chosen DC, else each of
// its targets after what holds without one.
func (c windowsCut) windowsOf(p models.Promise, targets models.Targets, usual time.Duration) []promiseWindow {
	if t, governs := p.At(targets, c.DC); c.DC != "" && governs {
		return []promiseWindow{{promise: p, within: t.Followed, target: t}}
	}
	windows := []promiseWindow{{promise: p, within: usual}}
	if c.DC == noDCChoice {
		return nil // what has to follow always has a DC
	}
	if c.DC == "" {
		for _, t := range p.Of(targets) {
			windows = append(windows, promiseWindow{promise: p, within: t.Followed, target: t})
		}
	}
	return windows
}

func promiseTable(windows []promiseWindow) ui.Table {
	table := ui.Table{
		ID: "promises", Caption: "Within what time something has to follow",
		Columns: []ui.Column{
			{Title: "What", Fold: ui.FoldLead}, {Title: "Kept when", Fold: ui.FoldGrow}, {Title: "DC"}, {Title: "Criticality", Said: true},
			{Title: "Within", Number: true, Fold: ui.FoldTrail}, {Title: "Clock", Said: true, Help: "In the demo a business day is shorter than a real one"},
			{Title: "Calendar", Said: true, Help: "In whose working time the window runs, and whose cut-offs end it"}, {Title: "Cut-offs", Help: "By then it has to be kept, unless it was made too shortly before"}, {Title: "Declared as", Said: true},
		},
		Empty: ui.Notice{Title: "None of this criticality", Detail: "There may be others: clear the filter to see them all."},
	}
	for _, w := range windows {
		id, dc, declared := "promise-"+w.promise.Entity+"-"+w.target.Name, cmp.Or(w.target.DC, "every DC"), ui.Text(w.target.Name)
		if w.target.Name == "" {
			id, dc, declared = "promise-"+w.promise.Entity, "where no target says else", ui.Muted("windows")
		}
		clock := "business"
		if w.promise.Real {
			clock = "real"
		}
		table.Rows = append(table.Rows, ui.Row{ID: id, Href: promiseHref(w), Cells: cells(
			ui.Text(w.promise.Made), ui.Text(w.promise.Kept), ui.Text(dc), criticalityCell(w.target.Criticality), ui.Text(ui.Took(w.within)), ui.Muted(clock),
			calendarCell(w.target.Calendar), ui.Muted(cutOffWords(w.target.Calendar)), declared)})
	}
	return table
}

// promiseHref is where what was promised stands.
func promiseHref(w promiseWindow) string {
	late := map[models.Promise]models.ExceptionCode{
		models.PromiseAcknowledged: models.ExceptionUnacknowledged, models.PromiseConfirmed: models.ExceptionUnconfirmed, models.PromiseReceived: models.ExceptionLateInbound,
	}
	switch code, of := late[w.promise]; {
	case of:
		return addressOf("/exceptions", "code", string(code), "dc", w.target.DC)
	case w.promise == models.PromiseOrdered:
		return orderDeskPath
	}
	return addressOf(onTimePath, "dc", w.target.DC)
}

// cutOffWords are the times of a working day at which a window ends.
func cutOffWords(c *models.Calendar) string {
	if c == nil || len(c.CutOffs) == 0 {
		return "–"
	}
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	words := make([]string, len(c.CutOffs))
	for i, cut := range c.CutOffs {
		words[i] = midnight.Add(cut.At-cut.Ahead).Format("15:04") + ", what was made " + ui.Took(cut.Fresh) + " before"
	}
	return strings.Join(words, "; ")
}
