package models

// ReplayResult says what came of one event that a person retried or discarded.
type ReplayResult struct {
	Seq    int64
	State  string // applied, superseded, discarded, parked, waiting, held; gone when it was settled before, HeldByPerson when it was left alone
	Reason string // empty when it was applied
}
