package handlers_test

import (
	"testing"

	"throughline/models"
)

func TestASilentSourceSaysSoBeforeWhatSingleEventsDo(t *testing.T) {
	w := newWorld(t)
	state := func(source string) string {
		return w.SignIn(models.RoleIT).Get("/connectors").Find("#source-" + source + " a[href^='/exceptions/']").Text()
	}
	for source, c := range map[string]struct{ code, first string }{
		"silent": {"API-01", "API-01"}, "refused": {"API-02", "API-02"}, "down": {"API-05", "API-05"}, "gap": {"API-08", "API-07"},
	} {
		w.exec(`INSERT INTO sources (source, system) VALUES ($1, 'erp')`, source)
		w.exception("API-07", "API-07 of "+source, source, "", "", "", 1)
		w.exec(`UPDATE exceptions SET opened_at = opened_at - interval '1 min' WHERE source = $1`, source)
		w.exception(c.code, c.code+" of "+source, source, "", "", "", 1)
		if got, want := state(source), "Title of "+c.first+" of "+models.SourceName(source); got != want {
			t.Errorf("with API-07 and %s open it says %q, want %q", c.code, got, want)
		}
	}
	w.exec(`UPDATE exceptions SET priority = 'P1' WHERE code = 'API-07'`)
	if got := state("silent"); got != "Title of API-07 of Silent" {
		t.Errorf("the most urgent is hidden by %q", got)
	}
}
