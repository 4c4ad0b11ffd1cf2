package handlers

import (
	"throughline/models"
	"throughline/views/ui"
)

// queueTabs are the views of a queue; each keeps the filter and counts by it.
func queueTabs(kind queueKind, f queueFilter, counts models.ExceptionViews) []ui.Tab {
	tab := func(title, view string) ui.Tab {
		to := f
		to.view, to.after = view, ""
		return ui.Tab{Title: title, Count: ui.Count(viewCount(counts, view)), Href: to.address(kind.path), Current: f.view == view}
	}
	tabs := []ui.Tab{
		tab("Open", viewOpen), tab("Unowned", viewUnowned), tab("Mine", viewMine), tab("Escalated", viewEscalated), tab("Shelved", viewShelved),
	}
	if kind.team == models.TeamIT {
		tabs = append(tabs, tab("By cause", viewCauses))
	}
	return tabs
}

func viewCount(counts models.ExceptionViews, view string) int64 {
	switch view {
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
	default:
		return counts.Open
	}
}
