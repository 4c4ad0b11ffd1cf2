package models

// EventRoute hands what did not pass to a team or a person: the exception that
// stands for its cause appears in their queue.
type EventRoute struct {
	Seq   int64
	Team  Team   // the queue in which it shall appear; empty: where it is
	Owner string // the account that shall work on it; empty: whoever of the team takes it
	Note  string
	Actor string
}

// Validate refuses a handover that lacks what it needs.
func (r EventRoute) Validate() error {
	switch {
	case r.Team == "" && r.Owner == "":
		return Errorf(CodeInvalid, "Say to whom: a team or a person.")
	case r.Note == "" || r.Actor == "":
		return Errorf(CodeInvalid, "Say what is asked of them: the note goes with it.")
	}
	return nil
}
