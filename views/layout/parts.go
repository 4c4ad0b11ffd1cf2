package layout

import (
	"maps"
	"slices"

	"throughline/static"
)

// htmxConfig switches off what the content security policy forbids (htmx's
// own style) and what we do not use; answers of 4xx and 5xx are swapped, so
// that a refusal can show its reason.
const htmxConfig = `{"includeIndicatorCSS": false, "extensions": "ws", "defaultSwap": "outerMorph", "defaultTimeout": 20000, "morphIgnore": ["data-htmx-powered", "open"]}`

const favicon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 22 22' fill='none' stroke='%233b7bea' stroke-width='2.4'%3E%3Cpath d='M4.4 15C9 15 8 7 11 7s2 8 6.6 8'/%3E%3Cg fill='%233b7bea'%3E%3Ccircle cx='3' cy='15' r='1.6'/%3E%3Ccircle cx='11' cy='7' r='1.6'/%3E%3Ccircle cx='19' cy='15' r='1.6'/%3E%3C/g%3E%3C/svg%3E"

// scripts are loaded in this order. Libraries that npm has not brought yet
// are left out: pages then work as plain forms and links.
func scripts() []string {
	return slices.DeleteFunc([]string{"htmx.js", "hx-ws.js", "uplot.js", "app.js"}, func(name string) bool {
		return !static.Has(name)
	})
}

type themeChoice struct {
	theme Theme
	name  string
}

func themeChoices() []themeChoice {
	return []themeChoice{{System, "System"}, {Light, "Light"}, {Dark, "Dark"}}
}

func (c themeChoice) pressed(current Theme) string {
	if c.theme == current {
		return "true"
	}
	return "false"
}

type keyLine struct{ key, does string }

func keyTable() []keyLine {
	return []keyLine{
		{"/", "Search everything"},
		{"j", "Next row"},
		{"k", "Previous row"},
		{"Enter", "Open the row"},
		{"x", "Select the row"},
		{"a", "Approve or acknowledge"},
		{"m", "Assign to me"},
		{"c", "Change the quantity"},
		{"d", "Reject"},
		{"q", "Ask a question"},
		{"r", "Retry, recompute or count again"},
		{"s", "Shelve"},
		{"Esc", "Close what is open"},
		{"?", "This list"},
	}
}

type pair struct{ key, value string }

func sortedPairs(m map[string]string) []pair {
	var out []pair
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, pair{key, m[key]})
	}
	return out
}
