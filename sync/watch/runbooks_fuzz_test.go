package watch_test

import (
	"strings"
	"testing"

	"throughline/sync/watch"
)

// FuzzRunbook reads any text as a runbook: no line of it is lost below a title,
// and none is made up.
func FuzzRunbook(f *testing.F) {
	f.Add("# API-01 Silent\n\n## What it means\n\nNothing came.\n\n## Safe actions, in order\n\n1. Ask. Expected: yes.\n- not numbered\n")
	f.Add("## \n1. \n9.x\n")
	f.Add("no title")
	f.Fuzz(func(t *testing.T, text string) {
		for _, section := range watch.ParseRunbook(text) {
			if strings.Contains(section.Title, "\n") || !strings.Contains(text, section.Title) {
				t.Errorf("the title %q is not of %q", section.Title, text)
			}
			for _, line := range section.Lines {
				if !strings.Contains(text, line) {
					t.Errorf("the line %q is not of %q", line, text)
				}
			}
		}
	})
}
