package models

import "time"

// The bounds of a control total, by the source's clock.
const (
	MaxControlWindow = 24 * time.Hour
	MaxControlAge    = 7 * 24 * time.Hour
)

// ControlTotal is what a source says that it sent: how many events of a type, of
// a DC or of all, that happened from Since up to Until by its own clock. Counted
// is how many of them were accepted.
type ControlTotal struct {
	Source string
	Type   EventType
	DC     string // empty for all, and for what belongs to none
	Since  time.Time
	Until  time.Time
	Events int64

	StatedAt  time.Time // real
	Counted   int64
	CountedAt time.Time // real
}

// Missing is how many events the source sent by its own word and the tower did
// not accept; 0 when it accepted more.
func (c ControlTotal) Missing() int64 { return max(c.Events-c.Counted, 0) }

// Validate refuses a total that cannot be counted.
func (c ControlTotal) Validate(now time.Time) error {
	switch {
	case !c.Type.Known():
		return Errorf(CodeInvalid, "There is no contract named %q: GET /contracts/ lists them.", c.Type)
	case c.Events < 0:
		return Errorf(CodeInvalid, "A source cannot have sent %d events.", c.Events)
	case !c.Until.After(c.Since):
		return Errorf(CodeInvalid, "The until of a control total must be after its since.")
	case c.Until.Sub(c.Since) > MaxControlWindow:
		return Errorf(CodeInvalid, "A control total covers 24 hours at most: state one for each day.")
	case c.Until.After(now):
		return Errorf(CodeInvalid, "The until of a control total lies ahead: state it when its time is over.")
	case now.Sub(c.Since) > MaxControlAge:
		return Errorf(CodeInvalid, "The since of a control total lies more than seven days back.")
	}
	return nil
}
