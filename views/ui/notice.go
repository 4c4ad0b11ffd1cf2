package ui

import "github.com/a-h/templ"

// NoticeKind is one of the states in which a part of a page is not simply
// its data.
type NoticeKind string

// The states, which are never to be confused: nothing there; too old; only a
// part; as it should be until a time that is known; not for this reader; failed.
const (
	Empty     NoticeKind = "empty"
	Stale     NoticeKind = "stale"
	Partial   NoticeKind = "partial"
	Planned   NoticeKind = "planned"
	Forbidden NoticeKind = "forbidden"
	Failed    NoticeKind = "error"
)

// Notice tells a reader about such a state: what it is, and what will appear
// or what to do.
type Notice struct {
	Kind   NoticeKind
	Title  string
	Detail string
	// Actions are links and buttons.
	Actions []templ.Component
}

func (n Notice) class() string {
	if n.Kind == "" {
		return "notice notice-empty"
	}
	return "notice notice-" + string(n.Kind)
}

func (n Notice) marked() bool {
	return n.Kind == Stale || n.Kind == Partial || n.Kind == Planned || n.Kind == Failed
}
