package models

import (
	"strings"
	"time"
	"unicode/utf8"
)

// AuditFilter narrows the audit trail; its zero value is all of it.
type AuditFilter struct {
	Actor string
	// Action is a verb with its noun, or a noun and a point for all of its verbs:
	// "exception.assign", "exception.".
	Action string
	// Subject is a whole subject ("exception:42"), a kind and a colon for all of
	// that kind ("exception:"), or a part of a subject in either case ("r-10").
	Subject string
	From    time.Time // itself in it; zero for no bound
	To      time.Time // itself left out; zero for no bound
	By      Sorting   // when, who, what or about; the newest first for anything else
}

// ParseAuditFilter reads a filter from the parameters of an address; CodeInvalid
// says which of them cannot be read.
func ParseAuditFilter(param func(name string) string) (f AuditFilter, err error) {
	f = AuditFilter{
		Actor: strings.TrimSpace(param("actor")), Action: strings.TrimSpace(param("action")), Subject: strings.TrimSpace(param("subject")),
		By: ParseSorting(param("sort")),
	}
	for _, text := range []string{f.Actor, f.Action, f.Subject} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return f, Wrap(CodeInvalid, ErrMalformed, "The filter holds what is no text.")
		}
	}
	if f.From, err = timeParameter(param("from"), "from", 0); err != nil {
		return f, err
	}
	f.To, err = timeParameter(param("to"), "to", 1)
	return f, err
}

// Narrowed says whether the filter leaves anything out.
func (f AuditFilter) Narrowed() bool { return f != AuditFilter{By: f.By} }
