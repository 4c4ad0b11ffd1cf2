package handlers

import (
	"strings"

	"github.com/a-h/templ"

	"throughline/views/ui"
)

// noMatch is a list that is empty because it is narrowed, by a tab (view) or by
// its filter: it says by what, and leads out. Home is the list with neither.
func noMatch(view string, bar ui.FilterBar, home string) ui.Notice {
	narrowed := chosen(bar)
	var ways []templ.Component
	if len(narrowed) > 0 && bar.ClearHref != "" {
		ways = append(ways, ui.ButtonLink(bar.ClearHref, "Clear the filter", ui.Plain))
	}
	if view != "" {
		narrowed = append([]string{view}, narrowed...)
		ways = append(ways, ui.ButtonLink(home, "Show all", ui.Plain))
	}
	return ui.Notice{Title: "Nothing matches", Detail: "Shown is only: " + strings.Join(narrowed, " · "), Actions: ways}
}

// chosen names what a filter is set to: "DC: Leeds".
func chosen(bar ui.FilterBar) []string {
	var names []string
	for _, field := range bar.Fields {
		if field.Value == "" {
			continue
		}
		name := field.Value
		for _, option := range field.Options {
			if option.Value == field.Value {
				name = option.Label
			}
		}
		names = append(names, field.Label+": "+name)
	}
	return names
}

// currentTab is the title of the tab that stands open.
func currentTab(tabs []ui.Tab) string {
	for _, tab := range tabs {
		if tab.Current {
			return tab.Title
		}
	}
	return ""
}
