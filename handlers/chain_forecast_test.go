package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

// A planner reads what a revision expects without the raw message, also when
// retention has dropped the event that brought it.
func TestAPlannerReadsTheValuesOfARevision(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	planner := w.SignIn(models.RolePlanner)
	step, ok := planner.Get("/chain?q=R-1").Find("a[href*='node=revision']").Attr("href")
	if !ok {
		t.Fatal("the revision does not open")
	}
	panel := planner.Get(step).Find("#panel")
	if days := panel.Find("tbody tr").Length(); days != 28 {
		t.Errorf("the panel has %d days, want 28", days)
	}
	day := w.now.UTC().Format("Mon 2 Jan 2006")
	first := panel.Find("tbody tr").First()
	if told, expected := first.Find("th").Text(), first.Find("td").Text(); told != day || expected != "6" {
		t.Errorf("the first day is told as %q with %q, want %s with 6", told, expected, day)
	}
	if text := panel.Text(); !strings.Contains(text, "20 EA") || !strings.Contains(text, "over the supplier's lead time") {
		t.Errorf("the sum does not say what it is over: %q", text)
	}
}
