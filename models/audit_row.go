package models

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// AuditRow is one row of the audit trail.
type AuditRow struct {
	AuditEntry
	ID int64
	At time.Time
}

// AuditPage is a part of the trail, the newest row first. Next is empty at its end.
type AuditPage struct {
	Rows []AuditRow
	Next string
}

// Kind and Name are the two halves of a subject; a subject without a colon is
// all kind.
func (e AuditEntry) Kind() string { kind, _, _ := strings.Cut(e.Subject, ":"); return kind }

// Name is what the subject is called among its kind.
func (e AuditEntry) Name() string { _, name, _ := strings.Cut(e.Subject, ":"); return name }

// hiddenPayload stands where a reader may not see another system's payload.
const hiddenPayload = "not shown: payloads are for IT"

// Shown is the row as it may be told: addresses lose what proves who calls them,
// and what of a payload an edit changed is left to those who may see payloads.
func (r AuditRow) Shown(payloads bool) AuditRow {
	r.Before, r.After = shownJSON(r.Before, payloads), shownJSON(r.After, payloads)
	return r
}

func shownJSON(text string, payloads bool) string {
	var value any
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber() // a decimal keeps its digits
	if text == "" || in.Decode(&value) != nil {
		return ""
	}
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	_ = to.Encode(shownValue(value, payloads)) // it was decoded before
	return strings.TrimSpace(out.String())
}

func shownValue(value any, payloads bool) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if v[name] = shownValue(inner, payloads); name == "patch" && !payloads {
				v[name] = hiddenPayload
			}
		}
	case []any:
		for i, inner := range v {
			v[i] = shownValue(inner, payloads)
		}
	case string:
		return withoutCredentials(v)
	}
	return value
}

// withoutCredentials takes user, password and parameters out of an address.
func withoutCredentials(text string) string {
	if !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "not shown: no address"
	}
	if u.User != nil {
		u.User = url.User("hidden")
	}
	if u.RawQuery != "" {
		u.RawQuery = "hidden"
	}
	return u.String()
}
