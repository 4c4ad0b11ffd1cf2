package models

import (
	"strings"
	"testing"
	"time"
)

// FuzzAuditFilters holds what a person may type: a filter is read or refused with
// words, and its times are times that the database knows.
func FuzzAuditFilters(f *testing.F) {
	for _, seed := range []string{"", "2026-03-02", "2026-03-02T10:00", "2026-03-02T10:00:00.5+02:00", "0000-01-01", "9999-12-31T23:59:59-14:00", "exception:42", "exception.", "\x00", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseAuditFilter(func(string) string { return text })
		if err != nil && CodeOf(err) != CodeInvalid {
			t.Errorf("%q is refused as %s", text, CodeOf(err))
		}
		if err == nil && !filter.From.IsZero() && (filter.From.Year() < 0 || filter.To.Before(filter.From)) {
			t.Errorf("%q is from %s to %s", text, filter.From, filter.To)
		}
		if _, err := ParseAuditFilter(func(name string) string { return map[string]string{"subject": text}[name] }); err != nil && CodeOf(err) != CodeInvalid {
			t.Errorf("the subject %q is refused as %s", text, CodeOf(err))
		}
		for _, payloads := range []bool{false, true} {
			row := AuditRow{AuditEntry: AuditEntry{Before: text, After: `{"patch":` + text + `}`}}.Shown(payloads)
			if row.Before != "" && !strings.ContainsAny(row.Before, `{["0123456789tfn`) {
				t.Errorf("%q is shown as %q", text, row.Before)
			}
		}
	})
}

func TestADayThatEndsAFilterIsInIt(t *testing.T) {
	filter, err := ParseAuditFilter(func(name string) string {
		return map[string]string{"from": "2026-03-02", "to": "2026-03-02", "subject": " exception:7 "}[name]
	})
	if err != nil || filter.To.Sub(filter.From) != 24*time.Hour || filter.Subject != "exception:7" {
		t.Errorf("%v: %+v", err, filter)
	}
}

func TestAnAuditRowLosesWhatItsReaderMayNotSee(t *testing.T) {
	row := AuditRow{AuditEntry: AuditEntry{
		Before: `{"url":"https://me:word@hooks.example/in?token=4711","types":["a","b"],"rate":0.10}`, After: `{"patch":[{"op":"replace","value":"4711"}],"edits":1}`,
	}}
	hidden, shown := row.Shown(false), row.Shown(true)
	if strings.Contains(hidden.Before+hidden.After+shown.Before, "4711") || strings.Contains(shown.Before, "word") {
		t.Errorf("it shows %s and %s", hidden.Before, hidden.After)
	}
	if !strings.Contains(shown.After, "4711") || !strings.Contains(hidden.Before, `"rate":0.10`) || !strings.Contains(hidden.After, `"edits":1`) {
		t.Errorf("it hides too much: %s and %s", hidden.Before, shown.After)
	}
}
