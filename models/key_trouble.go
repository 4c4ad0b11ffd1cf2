package models

import "time"

// TroubleKind is what goes wrong with an API key at the door.
type TroubleKind string

// The kinds.
const (
	TroubleThrottled TroubleKind = "throttled" // turned away above its quota
	TroubleScarce    TroubleKind = "scarce"    // taken, with next to nothing of the quota left
	TroubleExpired   TroubleKind = "expired"
	TroubleRevoked   TroubleKind = "revoked"
	TroubleForbidden TroubleKind = "forbidden" // the key is not for what it is used for
)

// Credential reports whether the key itself is what is wrong, and not how much it brings.
func (k TroubleKind) Credential() bool {
	return k == TroubleExpired || k == TroubleRevoked || k == TroubleForbidden
}

// Pause is how long, in real time, a trouble may not show until its next
// appearance begins anew. What is sent again and again shows each time; a job
// with a wrong key may run once in a while.
func (k TroubleKind) Pause() time.Duration {
	if k.Credential() {
		return time.Hour
	}
	return time.Minute
}

// KeyTrouble is a spell of calls with an API key that went wrong in one way.
type KeyTrouble struct {
	Key    APIKey
	Kind   TroubleKind
	Since  time.Time // real
	LastAt time.Time
	Calls  int64
	Spare  int // events that the key might bring at once after the last of them

	// Replaced says that another key of the source is for the same scopes and
	// types or more, and honoured.
	Replaced bool
}

// Lane is the lane of what the key may bring: bulk when that is all bulk loads.
func (k APIKey) Lane() Lane {
	for _, t := range k.Types {
		if t.Lane() == LaneRealtime {
			return LaneRealtime
		}
	}
	if len(k.Types) == 0 {
		return LaneRealtime
	}
	return LaneBulk
}

// TroubleOf is what is wrong with a key whose call was answered 401 or 403 at an instant.
func TroubleOf(key APIKey, at time.Time) TroubleKind {
	switch {
	case key.RevokedAt != nil:
		return TroubleRevoked
	case key.Expired(at):
		return TroubleExpired
	default:
		return TroubleForbidden
	}
}

// scarceShare is which part of a quota's burst is next to nothing of it.
const scarceShare = 20 // one in

// Scarce reports whether less than 5 % of the burst is left. A burst of which that
// is no whole event is used up by every call, which says nothing.
func (q Quota) Scarce() bool {
	return q.Limit.Burst >= scarceShare && q.Remaining*scarceShare < q.Limit.Burst
}
