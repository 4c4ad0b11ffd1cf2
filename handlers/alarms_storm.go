package handlers

import (
	"time"

	"throughline/models"
	"throughline/views/ui"
)

// stormFigure is how long kinds from one system were in a flood, and whether one is.
func stormFigure(h models.AlarmHealth) ui.Number {
	var lasted time.Duration
	lasts := false
	for _, s := range h.Storms {
		lasted += s.Until.Sub(s.Since)
		lasts = lasts || s.Lasts
	}
	note := counted(int64(len(h.Storms)), "flood")
	if lasts {
		note += ", on now"
	}
	return ui.Number{
		ID: "alarms-storm", Label: "Floods of one kind", Value: ui.Took(lasted.Truncate(time.Second)), Unit: "in all", Target: "0 s", Note: note,
		Age: ui.Age{At: h.Until}, Href: "#storms",
	}
}

// stormTable leads to the open exceptions of a storm, each on its own.
func (h *Alarms) stormTable(health models.AlarmHealth, dc string) ui.Table {
	table := ui.Table{
		ID: "storms", Caption: "Floods of one kind",
		Columns: []ui.Column{
			{Title: "Began", Fold: ui.FoldLead}, {Title: "Kind", Fold: ui.FoldGrow}, {Title: "System"},
			{Title: "Lasted", Fold: ui.FoldTrail}, {Title: "Opened", Number: true, Help: "Exceptions, with those of the ten minutes before"},
			{Title: "Folded", Number: true, Help: "Under their cause when they opened: they called nobody"},
		},
		Empty: ui.Notice{Title: "No flood of one kind", Detail: "No kind from one system opened more than ten times within ten minutes."},
	}
	for _, s := range health.Storms {
		kind, _ := s.Code.Kind()
		lasted := ui.Text(ui.Took(s.Until.Sub(s.Since).Truncate(time.Second)))
		if s.Lasts {
			lasted = ui.Text("on for " + ui.Took(s.Until.Sub(s.Since).Truncate(time.Second)))
		}
		table.Rows = append(table.Rows, ui.Row{Href: kindHref(s.Code, dc), Cells: cells(
			ui.Since(s.Since), ui.Noted(string(s.Code), kind.Name, ""), ui.Text(s.System), lasted, ui.Text(ui.Count(int64(s.Opened))), ui.Text(ui.Count(int64(s.Folded))))})
	}
	return table
}
