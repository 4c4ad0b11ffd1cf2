package ingest

import (
	"strconv"
	"strings"
	"time"

	"throughline/sync/contract"
)

const (
	// historyMark is the attribute by which a sender declares a load of history,
	// whose events may be older than the window.
	historyMark = `"historyload":true`
	// skewMark is ours: by how many seconds the event's time was ahead of our clock.
	skewMark = "throughlineclockskew"
)

// occurred is when the event took place by its own time. A time beyond the
// clocks' tolerance in the future is replaced by ours and marked, and skew is by
// how much it was ahead; one before the window is refused.
func (b *batch) occurred(e *contract.Envelope) (_ time.Time, skew time.Duration, refusal string) {
	ahead := e.Time.Sub(b.now)
	switch {
	case e.Time.IsZero():
		return b.now, 0, ""
	case ahead > b.cfg.Skew:
		e.Extensions = withExtension(e.Extensions, skewMark, strconv.FormatInt(int64(ahead/time.Second), 10))
		return b.now, ahead, ""
	case -ahead > b.cfg.Window && !declaredHistory(e.Extensions):
		return time.Time{}, 0, "is more than " + strconv.Itoa(int(b.cfg.Window/(24*time.Hour))) +
			" days ago, longer than ids are remembered; set the attribute historyload to true if this is a load of history"
	}
	return e.Time, 0, ""
}

func declaredHistory(extensions string) bool {
	return strings.Contains(extensions, historyMark) || strings.Contains(extensions, `"historyload":"true"`)
}

// withExtension adds an attribute to a JSON object that may be empty.
func withExtension(extensions, name, value string) string {
	member := `"` + name + `":` + value + "}"
	if extensions == "" {
		return "{" + member
	}
	return extensions[:len(extensions)-1] + "," + member
}
