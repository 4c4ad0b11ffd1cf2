package models

import "time"

// BulkAction is what a bulk action does with each of its events.
type BulkAction string

// The actions.
const (
	BulkRetry   BulkAction = "retry"
	BulkDiscard BulkAction = "discard"
	BulkEdit    BulkAction = "edit"
)

// BulkStatus is where a bulk action stands.
type BulkStatus string

// The statuses. A draft waits for its first go-ahead, BulkWaiting has done its
// canary and waits for the next, BulkStopped has met its stop rule.
const (
	BulkDraft     BulkStatus = "draft"
	BulkCanary    BulkStatus = "canary"
	BulkWaiting   BulkStatus = "waiting"
	BulkRunning   BulkStatus = "running"
	BulkStopped   BulkStatus = "stopped"
	BulkDone      BulkStatus = "done"
	BulkCancelled BulkStatus = "cancelled"
)

// Ended says that nothing more will happen.
func (s BulkStatus) Ended() bool { return s == BulkDone || s == BulkCancelled }

// AtWork says that it does something by itself.
func (s BulkStatus) AtWork() bool { return s == BulkCanary || s == BulkRunning }

// BulkPlan is what a person asks for.
type BulkPlan struct {
	Action BulkAction
	Patch  string // of BulkEdit
	Filter ParkedFilter
	Canary int
	Rate   int // events a second, at most
	Stop   int // percent of failures beyond which it stops by itself
	GoOn   bool
	Actor  string
	Reason string
}

// Validate refuses what the schema would refuse too, in words.
func (p BulkPlan) Validate() error {
	switch {
	case p.Filter.Empty():
		return Errorf(CodeInvalid, "Choose a cause, code, source, DC or age, or tick events: a bulk action never means everything.")
	case p.Action != BulkRetry && p.Action != BulkDiscard && p.Action != BulkEdit:
		return Errorf(CodeInvalid, "Choose what to do: retry, discard or edit.")
	case (p.Action == BulkEdit) != (p.Patch != ""):
		return Errorf(CodeInvalid, "A patch belongs to an edit, and an edit needs one.")
	case p.Canary < 1 || p.Canary > 10_000:
		return Errorf(CodeInvalid, "The canary is 1 to 10,000 events.")
	case p.Rate < 1 || p.Rate > 1000:
		return Errorf(CodeInvalid, "The rate is 1 to 1,000 events a second.")
	case p.Stop < 1 || p.Stop > 100:
		return Errorf(CodeInvalid, "The stop rule is 1 to 100 percent.")
	case p.Reason == "" || p.Actor == "":
		return Errorf(CodeInvalid, "Say why: the reason is kept with each event.")
	}
	return nil
}

// BulkPreview is what a filter matched when the action was planned.
type BulkPreview struct {
	ByCode     map[string]int64 `json:"by_code"`
	ByDC       map[string]int64 `json:"by_dc"`
	ByAge      map[string]int64 `json:"by_age"`
	Superseded int64            `json:"superseded"` // a newer version has taken effect
	Orders     int64            `json:"orders"`     // recommendations that may become orders
	Duplicates int64            `json:"duplicates"` // their id came with other content too
	Held       int64            `json:"held"`       // people hold them: they will be left alone
	Trial      map[string]int64 `json:"trial"`      // what came of trying the first ones
	Fails      map[string]int64 `json:"fails"`      // of these, those that would fail, by why
}

// Tried counts what came of trying the first events without effect.
func (p *BulkPreview) Tried(results []ReplayResult) {
	p.Trial, p.Fails = map[string]int64{}, map[string]int64{}
	for _, r := range results {
		p.Trial[r.State]++
		if BulkFailed(r.State) {
			p.Fails[r.Reason]++
		}
	}
}

// WouldFail is how many of the events that were tried would fail.
func (p BulkPreview) WouldFail() (failing, tried int64) {
	for _, n := range p.Trial {
		tried += n
	}
	for _, n := range p.Fails {
		failing += n
	}
	return failing, tried
}

// BulkRun is a bulk action and how far it has come.
type BulkRun struct {
	BulkPlan
	ID                     int64
	Status                 BulkStatus
	Note                   string
	Matched, Done, Failed  int
	SinceDone, SinceFailed int // counts at the last go-ahead
	Preview                BulkPreview
	CreatedAt              time.Time
	StartedAt, EndedAt     *time.Time
}

// stopFrom is how many events the stop rule wants to see before it judges.
const stopFrom = 10

// Next is where a run at work goes from its counts, with the reason when it stops.
func (r BulkRun) Next() (BulkStatus, string) {
	done, failed := r.Done-r.SinceDone, r.Failed-r.SinceFailed
	switch {
	case r.Done == r.Matched:
		return BulkDone, ""
	case done >= min(stopFrom, r.Canary) && failed*100 > r.Stop*done:
		return BulkStopped, "More failed than the stop rule allows."
	case r.Status == BulkCanary && r.Done >= r.Canary && r.GoOn && r.Failed == 0:
		return BulkRunning, ""
	case r.Status == BulkCanary && r.Done >= r.Canary:
		return BulkWaiting, "The canary is done."
	}
	return r.Status, ""
}

// BulkItem is one event of a run with what came of it. Item and DC are empty
// where it has none, and once retention has taken it.
type BulkItem struct {
	Seq     int64
	Item    string
	DC      string
	Waits   string // why it does not pass now; empty once it is settled
	Outcome string
	Failed  bool
	Reason  string
	DoneAt  *time.Time
}

// BulkFailed says whether an outcome counts as a failure: the event is not
// settled, and nobody wanted it to stay so.
func BulkFailed(outcome string) bool {
	switch outcome {
	case "applied", "superseded", "discarded", "gone", HeldByPerson:
		return false
	}
	return true
}
