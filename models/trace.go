package models

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// TraceParent is a W3C trace context, "00-<trace>-<parent span>-<flags>" in
// lower-case hex; empty when there is none.
type TraceParent string

// The places of the parts of a TraceParent.
const (
	traceStart, traceEnd = 3, 35
	spanStart, spanEnd   = 36, 52
	traceParentLength    = 55
	unsampled            = "00"
)

// ParseTraceParent reads what a sender gives as its trace context; ok is false
// when it is none, which W3C has one treat as if nothing had been sent.
func ParseTraceParent(text string) (p TraceParent, ok bool) {
	if len(text) < traceParentLength || text[2] != '-' || text[traceEnd] != '-' || text[spanEnd] != '-' {
		return "", false
	}
	version, flags := text[:2], text[spanEnd+1:traceParentLength]
	later := version != "00" // may say more than this version knows
	switch {
	case !isLowerHex(version), version == "ff", !isLowerHex(flags):
		return "", false
	case len(text) > traceParentLength && (!later || text[traceParentLength] != '-'):
		return "", false
	case !IsTraceID(text[traceStart:traceEnd]), !isLowerHex(text[spanStart:spanEnd]), allZero(text[spanStart:spanEnd]):
		return "", false
	}
	return TraceParent("00" + text[2:traceParentLength]), true
}

// TraceID is the trace, empty when there is none.
func (p TraceParent) TraceID() string {
	if len(p) < traceEnd {
		return ""
	}
	return string(p[traceStart:traceEnd])
}

// SpanID is the parent span, empty when there is none.
func (p TraceParent) SpanID() string {
	if len(p) < spanEnd {
		return ""
	}
	return string(p[spanStart:spanEnd])
}

// Flags are the two digits of W3C's trace flags, empty when there are none.
func (p TraceParent) Flags() string {
	if len(p) < traceParentLength {
		return ""
	}
	return string(p[spanEnd+1:])
}

// IsTraceID says whether text has the form of a W3C trace id.
func IsTraceID(text string) bool {
	return len(text) == traceEnd-traceStart && isLowerHex(text) && !allZero(text)
}

func isLowerHex(text string) bool {
	return strings.Trim(text, "0123456789abcdef") == ""
}

func allZero(text string) bool { return strings.Trim(text, "0") == "" }

// Sender is the trace context that the event came with; ok is false when it
// came with none.
func (e *Event) Sender() (p TraceParent, ok bool) {
	return ParseTraceParent(e.extension("traceparent"))
}

// TraceParent is the context in which the tower works on the event. Its span is
// that of the intake and follows from the event alone: every step, in whichever
// process, names the same parent without asking another. Empty for an event
// without a trace.
func (e *Event) TraceParent() TraceParent {
	if !IsTraceID(e.TraceID) {
		return ""
	}
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s\x00%s\x00%s", e.TraceID, e.Source, e.ID)
	span := hash.Sum(nil)
	span[0] |= 1 // all zeros are no span
	flags := unsampled
	if sender, ok := e.Sender(); ok {
		flags = sender.Flags()
	}
	return TraceParent("00-" + e.TraceID + "-" + hex.EncodeToString(span) + "-" + flags)
}

// CorrelationID joins all that belongs to one business case: what the sender
// says, otherwise the event's own id.
func (e *Event) CorrelationID() string {
	if id := e.extension("correlationid"); id != "" {
		return id
	}
	return e.ID
}

// CausationID is the id of what the event follows from, empty when its sender
// does not say.
func (e *Event) CausationID() string { return e.extension("causationid") }

// extension is an attribute as text, empty when the event has none of the name.
func (e *Event) extension(name string) string {
	if !strings.Contains(e.Extensions, `"`+name+`"`) {
		return ""
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(e.Extensions), &all); err != nil {
		return ""
	}
	var text string
	if err := json.Unmarshal(all[name], &text); err != nil {
		return string(all[name]) // a number or a boolean
	}
	return text
}

// Trace is what shares a trace id: events, oldest first, and what the workflow
// made of the recommendations among them.
type Trace struct {
	ID     string
	Events []TracedEvent
	More   bool // there are more events than are listed
	Orders []TracedOrder
}

// TracedEvent is an event of a trace, without its payload, and where it stands.
type TracedEvent struct {
	Event
	State string // pending, applied, superseded, discarded, held, waiting, parked
}

// TracedOrder is a recommendation of a trace on its way into the ERP.
type TracedOrder struct {
	Recommendation string
	Item, DC       string
	State          ProposalState // empty before the workflow has taken it
	DecidedBy      string        // empty before it is approved or rejected
	DecidedAt      *time.Time
	Write          int64 // the ERP write, 0 before there is one
	WriteState     ERPWriteState
	Document       string // the ERP's order number, empty before there is one
}
