package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// windowsCut is the part of the windows that a reader asked for; empty parts do
// not cut. Show is one of the lists, latency when empty.
type windowsCut struct{ DC, Criticality, Show string }

// The lists beside latency.
const (
	showFreshness  = "freshness"
	showUngoverned = "ungoverned"
	showPromises   = "promises"
	showRota       = "rota"
)

func (c windowsCut) address() string {
	query := url.Values{}
	for name, value := range map[string]string{"dc": c.DC, "criticality": c.Criticality, "show": c.Show} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return "/windows"
	}
	return "/windows?" + query.Encode()
}

func (c windowsCut) tabs(budgets, fresh, promises, gaps, shifts int) []ui.Tab {
	tab := func(title, show string, count int) ui.Tab {
		to := c
		to.Show = show
		return ui.Tab{Title: title, Count: ui.Count(int64(count)), Href: to.address(), Current: c.Show == show}
	}
	return []ui.Tab{tab("Latency", "", budgets), tab("Freshness", showFreshness, fresh), tab("Promises", showPromises, promises), tab("Without a target", showUngoverned, gaps), tab("Rota", showRota, shifts), {Title: "Cadence", Href: cadencePath}, {Title: "Forecast revisions", Href: onTimePath}}
}

// ungovernedChoice asks for what no target names, noDCChoice for what belongs to no DC.
const ungovernedChoice, noDCChoice = "none", "none"

// at says whether what belongs to a DC, or to none, is of the cut.
func (c windowsCut) at(dc string) bool {
	return c.DC == "" || dc == c.DC || c.DC == noDCChoice && dc == ""
}

func (c windowsCut) atDC(all []models.EntityFreshness) []models.EntityFreshness {
	return slices.DeleteFunc(slices.Clone(all), func(f models.EntityFreshness) bool { return !c.at(f.DC) })
}

func (c windowsCut) holds(dc, criticality string) bool {
	if !c.at(dc) {
		return false
	}
	return c.Criticality == "" || criticality == c.Criticality || c.Criticality == ungovernedChoice && criticality == ""
}

func (c windowsCut) budgets(all []models.ErrorBudget) []models.ErrorBudget {
	return slices.DeleteFunc(all, func(b models.ErrorBudget) bool { return !c.holds(b.DC, b.Criticality) })
}

func (c windowsCut) fresh(all []models.EntityFreshness) []models.EntityFreshness {
	return slices.DeleteFunc(slices.Clone(all), func(f models.EntityFreshness) bool { return !c.holds(f.DC, f.Criticality) })
}

func (c windowsCut) filters(dcs, criticalities []string) *ui.FilterBar {
	classes := append(textOptions("All criticalities", criticalities), ui.Option{Value: ungovernedChoice, Label: "none declared"})
	bar := &ui.FilterBar{Action: "/windows", Fields: []ui.FilterField{
		{Name: "dc", Label: "DC", Value: c.DC, Options: append(textOptions("All DCs", dcs), ui.Option{Value: noDCChoice, Label: "no DC of its own"})},
		{Name: "criticality", Label: "Criticality", Value: c.Criticality, Options: classes},
	}}
	if c.Show != "" {
		bar.Keep = []ui.Field{{Name: "show", Value: c.Show}}
	}
	if c.DC != "" || c.Criticality != "" {
		bar.ClearHref = windowsCut{Show: c.Show}.address()
	}
	return bar
}

func criticalityCell(name string) templ.Component {
	if name == "" {
		return ui.Muted("none")
	}
	return ui.Text(name)
}

// entityGap is an entity that no target governs, from one source.
type entityGap struct {
	Entity, Source string
	DCs            []string
	Newest         time.Time
	Window         time.Duration // of its source, by which its age is judged; 0 by none
}

// ungoverned gathers what no target names by entity and source. A source that
// repeats what another one owns is no gap: the owner's word counts.
func ungoverned(fresh []models.EntityFreshness) []entityGap {
	var gaps []entityGap
	for _, f := range fresh {
		if f.Declared || !f.Owner {
			continue
		}
		i := slices.IndexFunc(gaps, func(g entityGap) bool { return g.Entity == f.Entity && g.Source == f.Source })
		if i < 0 {
			i = len(gaps)
			gaps = append(gaps, entityGap{Entity: f.Entity, Source: f.Source, Window: f.Window})
		}
		gaps[i].DCs = append(gaps[i].DCs, dcOrAll(f.DC))
		if f.NewestAt.After(gaps[i].Newest) {
			gaps[i].Newest = f.NewestAt
		}
	}
	slices.SortFunc(gaps, func(a, b entityGap) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Source, b.Source))
	})
	return gaps
}

// ungovernedFigure counts what its list has as rows, and in its note the pairs of
// entity and DC in them.
func ungovernedFigure(gaps []entityGap, fresh []models.EntityFreshness, now time.Time) ui.Number {
	without, all := 0, 0
	for _, f := range fresh {
		if !f.Owner {
			continue
		}
		all++
		if !f.Declared {
			without++
		}
	}
	unit := "entities"
	if len(gaps) == 1 {
		unit = "entity"
	}
	return ui.Number{
		ID: "figure-ungoverned", Label: "Without a target", Value: ui.Count(int64(len(gaps))), Unit: unit, Note: ui.Count(int64(without)) + " of " + ui.Count(int64(all)) + " pairs of entity and DC",
		Age: ui.Age{At: now}, Href: windowsCut{Show: showUngoverned}.address(),
	}
}

func ungovernedTable(gaps []entityGap) ui.Table {
	table := ui.Table{
		ID: "ungoverned", Caption: "Entities without a freshness target",
		Columns: []ui.Column{
			{Title: "Entity", Fold: ui.FoldLead}, {Title: "Source"}, {Title: "DCs", Fold: ui.FoldGrow},
			{Title: "Newest", Help: "The source's time of the newest row", Fold: ui.FoldTrail}, {Title: "Judged by"},
		},
		Empty: ui.Notice{Title: "Everything has a target", Detail: "What is received without one appears here."},
	}
	for _, g := range gaps {
		judged := ui.Muted("nobody")
		if g.Window > 0 {
			judged = ui.Text("its source's interval, " + ui.Took(g.Window))
		}
		table.Rows = append(table.Rows, ui.Row{ID: "ungoverned-" + g.Entity + "-" + g.Source, Cells: cells(
			ui.Text(entityWord(g.Entity)), ui.Text(g.Source), ui.Muted(strings.Join(g.DCs, ", ")), ui.Since(g.Newest), judged)})
	}
	return table
}
