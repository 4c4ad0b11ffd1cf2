package watch

import (
	"embed"
	"fmt"
	"strings"

	"throughline/models"
)

//go:embed runbooks/*.md
var runbookFiles embed.FS

// Runbooks tells people what to do about each kind of exception. It never
// changes and is safe for concurrent use.
type Runbooks struct {
	byCode map[models.ExceptionCode][]models.RunbookSection
}

// runbookSections is the template of every runbook.
var runbookSections = []string{
	"What it means", "Confirm it in 60 seconds", "Who is affected", models.RunbookActions,
	"What not to do", "When to escalate", "Proof that it is fixed", "How to prevent it",
}

// LoadRunbooks reads the runbooks of the binary. It fails when a kind of
// exception has none or one lacks a section.
func LoadRunbooks() (*Runbooks, error) {
	r := &Runbooks{byCode: map[models.ExceptionCode][]models.RunbookSection{}}
	for _, kind := range models.ExceptionKinds() {
		text, err := runbookFiles.ReadFile("runbooks/" + string(kind.Code) + ".md")
		if err != nil {
			return nil, fmt.Errorf("the exception %s has no runbook: %w", kind.Code, err)
		}
		sections := parseRunbook(string(text))
		for i, title := range runbookSections {
			if i >= len(sections) || sections[i].Title != title || len(sections[i].Lines) == 0 {
				return nil, fmt.Errorf("the runbook of %s lacks %q in its place", kind.Code, title)
			}
		}
		r.byCode[kind.Code] = sections
	}
	return r, nil
}

// Runbook is the runbook of a code, section by section; empty for a code that
// is not in the catalogue.
func (r *Runbooks) Runbook(code models.ExceptionCode) []models.RunbookSection { return r.byCode[code] }

// parseRunbook reads "## Title" and the lines below it, list marks taken off.
func parseRunbook(text string) []models.RunbookSection {
	var sections []models.RunbookSection
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if title, is := strings.CutPrefix(line, "## "); is {
			sections = append(sections, models.RunbookSection{Title: title})
			continue
		}
		if line == "" || strings.HasPrefix(line, "# ") || len(sections) == 0 {
			continue
		}
		if _, rest, numbered := strings.Cut(line, ". "); numbered && line[0] >= '1' && line[0] <= '9' {
			line = rest
		}
		last := &sections[len(sections)-1]
		last.Lines = append(last.Lines, strings.TrimPrefix(line, "- "))
	}
	return sections
}
