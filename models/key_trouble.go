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

// The least pauses, in real time, without trouble of a kind until its next
// appearance begins anew. A job with a wrong key may run once a night, and a
// night is not always a day after the last.
const (
	QuotaPause      = time.Minute
	CredentialPause = 25 * time.Hour
)

// KeyTrouble is a spell of calls with an API key that went wrong in one way.
type KeyTrouble struct {
	Key    APIKey
	Kind   TroubleKind
	Since  time.Time // real
	LastAt time.Time
	Calls  int64
	Spare  int // events that the key might bring at once after the last of them

	// Pause is how long it may not show until it is over. A sender that waits for
	// its quota as it was told to is not heard meanwhile, and has the same trouble still.
	Pause time.Duration

	// Replaced says that another key of the source is for the same scopes and
	// types or more, and honoured.
	Replaced bool
}

// Over reports whether the trouble has not shown for its pause.
func (t KeyTrouble) Over(now time.Time) bool { return now.Sub(t.LastAt) > t.Pause }

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
