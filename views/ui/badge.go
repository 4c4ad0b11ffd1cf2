package ui

// Severity is a priority, P1 the most pressing. The zero value is none.
type Severity int

// The four priorities.
const (
	P1 Severity = 1 + iota
	P2
	P3
	P4
)

// Code is "P1" to "P4", or empty.
func (s Severity) Code() string {
	return pick(s, "P1", "P2", "P3", "P4")
}

// Word is the priority in words.
func (s Severity) Word() string {
	return pick(s, "critical", "high", "medium", "low")
}

func pick(s Severity, words ...string) string {
	if s < P1 || int(s) > len(words) {
		return ""
	}
	return words[s-1]
}

func severityClass(s Severity) string {
	return pick(s, "severity-p1", "severity-p2", "severity-p3", "severity-p4")
}

// Verdict says whether what a recommendation was based on still holds.
type Verdict string

// The verdicts. The empty one draws nothing.
const (
	Current    Verdict = "current"
	Aged       Verdict = "aged"
	Superseded Verdict = "superseded"
	Unknown    Verdict = "unknown"
)

func (v Verdict) class() string { return "verdict verdict-" + string(v) }

func (v Verdict) word() string {
	switch v {
	case Current:
		return "CURRENT"
	case Aged:
		return "AGED"
	case Superseded:
		return "SUPERSEDED"
	default:
		return "UNKNOWN"
	}
}

func (v Verdict) meaning() string {
	switch v {
	case Current:
		return "What it was based on still held"
	case Aged:
		return "What it was based on was older than allowed"
	case Superseded:
		return "Stock or forecast had changed since"
	default:
		return "It does not say what it was based on"
	}
}

// LiveState is how a page stands to the server that keeps it current.
type LiveState string

// The states of a page; the script moves the indicator between them.
const (
	LiveConnecting   LiveState = "connecting"
	LiveNow          LiveState = "live"
	LiveReconnecting LiveState = "reconnecting"
	LiveStale        LiveState = "stale"
)

func (s LiveState) word() string {
	switch s {
	case LiveNow:
		return "Live"
	case LiveReconnecting:
		return "Reconnecting"
	case LiveStale:
		return "Stale"
	default:
		return "Connecting"
	}
}

// Health is how a thing that runs is doing.
type Health string

// The states of health. The zero value draws as HealthUnknown.
const (
	HealthGood    Health = "good"
	HealthLate    Health = "late"
	HealthFailing Health = "failing"
	HealthUnknown Health = "unknown"
)

func (h Health) class() string {
	if h == "" {
		h = HealthUnknown
	}
	return "health health-" + string(h)
}

func (h Health) word() string {
	switch h {
	case HealthGood:
		return "working"
	case HealthLate:
		return "late"
	case HealthFailing:
		return "failing"
	default:
		return "no data"
	}
}
