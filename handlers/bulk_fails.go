package handlers

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"throughline/models"
	"throughline/views/ui"
)

// causesNamed is how many different causes a notice names.
const causesNamed = 3

// failsAgain says of a plan, before its numbers, why what was tried of it would fail
// again; nil where nothing would, and once it has started, since its counts tell then.
func failsAgain(run models.BulkRun) *ui.Notice {
	failing, tried := run.Preview.WouldFail()
	if failing == 0 || run.Status != models.BulkDraft {
		return nil
	}
	title := "Some would fail again: " + ui.Count(failing) + " of the first " + counted(tried, "event")
	if failing == tried {
		title = "All would fail again: the cause still stands"
	}
	return &ui.Notice{
		Kind: ui.Stale, Title: title, Detail: failWords(run.Preview.Fails) + " Tried without effect when it was planned: " + shownOf(int(tried), int64(run.Matched), "event") + ".",
	}
}

// failWords tell the causes, that of the most events first, each as a sentence.
func failWords(fails map[string]int64) string {
	causes := slices.SortedFunc(maps.Keys(fails), func(a, b string) int {
		return cmp.Or(cmp.Compare(fails[b], fails[a]), cmp.Compare(a, b))
	})
	var words []string
	for _, cause := range causes[:min(len(causes), causesNamed)] {
		words = append(words, counted(fails[cause], "event")+": "+cause)
	}
	if more := len(causes) - causesNamed; more > 0 {
		words = append(words, "And "+counted(int64(more), "more cause")+".")
	}
	return strings.Join(words, " ")
}
