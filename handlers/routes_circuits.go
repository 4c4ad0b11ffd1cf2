package handlers

import (
	"strconv"
	"strings"
	"time"

	"throughline/models"
	"throughline/views/ui"
)

// circuitHealth says how a target fares in the words of the page.
func circuitHealth(s models.CircuitState) (ui.Health, string) {
	switch s {
	case models.CircuitOpen:
		return ui.HealthFailing, "open: left alone"
	case models.CircuitHalfOpen:
		return ui.HealthFailing, "half-open: a probe is on its way"
	case models.CircuitRecovering:
		return ui.HealthLate, "recovering at a capped rate"
	case models.CircuitClosed:
	}
	return ui.HealthGood, "closed: called"
}

func circuitTable(circuits []models.Circuit, now time.Time) ui.Table {
	table := ui.Table{
		ID: "circuit-list", Caption: "Circuits",
		Columns: []ui.Column{
			{Title: "Target", Fold: ui.FoldLead}, {Title: "Circuit", Fold: ui.FoldTrail}, {Title: "Since"},
			{Title: "Next probe"}, {Title: "Failures", Unit: "in a row", Number: true},
		},
		Empty: ui.Notice{Title: "Nobody was called yet", Detail: "Each subscriber and system appears here with its first call."},
	}
	for _, c := range circuits {
		name, route := strings.CutPrefix(c.Target, "route:")
		row, title := ui.Row{ID: "circuit-" + strings.ReplaceAll(c.Target, ":", "-")}, "calls to "+name
		if route {
			row.Href, title = routeHref(name), "deliveries to "+name
		}
		health, word := circuitHealth(c.State)
		row.Cells = cells(ui.Text(title), ui.HealthBadge(health, word), ui.Since(c.Since), ui.Muted(nextProbe(c, now)), ui.Text(strconv.Itoa(c.Failures)))
		table.Rows = append(table.Rows, row)
	}
	return table
}

func nextProbe(c models.Circuit, now time.Time) string {
	switch {
	case c.NextProbe == nil:
		return "–"
	case !c.NextProbe.After(now):
		return "due"
	}
	return "in " + ui.Took(c.NextProbe.Sub(now).Round(time.Second))
}

// circuitFigures is the circuit of a route, when it was called already.
func circuitFigures(circuits []models.Circuit, route string, now time.Time) []ui.Number {
	for _, c := range circuits {
		if c.Target != (models.Subscription{Name: route}).Consumer() {
			continue
		}
		health, _ := circuitHealth(c.State)
		figure := ui.Number{Label: "Circuit", Value: string(c.State), Age: ui.Age{At: now}, Note: "since " + ui.Took(now.Sub(c.Since).Truncate(time.Second))}
		if c.NextProbe != nil {
			figure.Note += " · probe " + nextProbe(c, now)
		}
		switch health {
		case ui.HealthFailing:
			figure.Missed = ui.P2
		case ui.HealthLate:
			figure.Missed = ui.P3
		}
		return []ui.Number{figure}
	}
	return nil
}
