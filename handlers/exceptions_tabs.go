package handlers

import (
	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// queueTabs are the views of a queue; each keeps the filter and counts by it. The
// first two share out all that stands, the others look into both.
func queueTabs(kind queueKind, f queueFilter, counts models.ExceptionViews) []ui.Tab {
	tab := func(title, view string) ui.Tab {
		to := f
		to.view, to.after = view, ""
		return ui.Tab{Title: title, Count: ui.Count(viewCount(counts, view)), Href: to.address(kind.path), Current: f.view == view}
	}
	tabs := []ui.Tab{
		tab("Ours", viewOurs), tab("Also ours", viewAlso), tab("All", viewAll), tab("Unowned", viewUnowned), tab("Mine", viewMine), tab("Escalated", viewEscalated), tab("Shelved", viewShelved),
	}
	if kind.team == models.TeamIT {
		tabs = append(tabs, tab("By cause", viewCauses))
	}
	if f.every() {
		tabs = append(tabs, tab("All teams", viewEvery))
	}
	return tabs
}

func viewCount(counts models.ExceptionViews, view string) int64 {
	switch view {
	case viewAlso:
		return counts.Open - counts.Ours
	case viewAll:
		return counts.Open
	case viewUnowned:
		return counts.Unowned
	case viewMine:
		return counts.Mine
	case viewEscalated:
		return counts.Escalated
	case viewShelved:
		return counts.Shelved
	case viewCauses:
		return counts.Causes
	case viewEvery:
		return counts.Every
	default:
		return counts.Ours
	}
}

// alsoOurs leads from a team's own work to what else stands in its queue, nil where nothing does.
func alsoOurs(kind queueKind, f queueFilter, counts models.ExceptionViews) []templ.Component {
	n := viewCount(counts, viewAlso)
	if f.view != viewOurs || n == 0 {
		return nil
	}
	f.view, f.after = viewAlso, ""
	return []templ.Component{ui.ButtonLink(f.address(kind.path), "See "+ui.Count(n)+" also ours", ui.Plain)}
}
