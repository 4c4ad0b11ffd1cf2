package models

import (
	"slices"
	"time"
)

// WriteAnswer is what an attempt at an ERP write brought.
type WriteAnswer struct {
	Outcome string
	Error   string
	EndedAt time.Time
}

// AsKnown takes back what happened to a recommendation's proposal and ERP write
// after a moment. decisions and answers are those until then, the oldest first.
func (r ChainRecommendation) AsKnown(at time.Time, decisions []DecisionRecord, answers []WriteAnswer) ChainRecommendation {
	stored := r
	r.State, r.WriteState, r.WriteError, r.Document, r.Quantity = "", "", "", "", r.Recommended
	if r.EnteredAt == nil || r.EnteredAt.After(at) {
		r.Route, r.EnteredAt, r.DueAt, r.DecidedAt, r.OrderedAt, r.SupersededBy = "", nil, nil, nil, nil, ""
		return r
	}
	if stored.State == ProposalSuperseded && by(stored.DecidedAt, at) {
		r.State = ProposalSuperseded
		return r
	}
	r.State, r.SupersededBy, r.DecidedAt, r.OrderedAt = ProposalWaiting, "", nil, nil
	for i, d := range decisions {
		r.Quantity = d.Quantity
		switch d.Verdict {
		case DecisionApproved:
			r.State, r.DecidedAt = ProposalApproved, &decisions[i].DecidedAt
		case DecisionRejected:
			r.State, r.DecidedAt = ProposalRejected, &decisions[i].DecidedAt
		case DecisionFirst, DecisionRecompute:
		}
	}
	if r.State == ProposalApproved {
		r.written(stored, at, answers)
	}
	return r
}

// written says how far an approved order had come.
func (r *ChainRecommendation) written(stored ChainRecommendation, at time.Time, answers []WriteAnswer) {
	r.WriteState = WriteIntent
	for _, a := range answers {
		r.WriteError = a.Error
		switch a.Outcome {
		case OutcomeCreated, OutcomeFound:
			r.WriteState = WriteConfirmed
		case OutcomeRefused:
			r.WriteState = WriteFailed
		case OutcomeUnknown:
			r.WriteState = WriteUnknown
		case OutcomeAbsent:
			r.WriteState = WriteIntent
		case OutcomeUnreached: // says nothing new about the order
		}
	}
	switch {
	case stored.WriteState == WriteDiscarded && by(stored.WriteChangedAt, at):
		r.WriteState, r.State = WriteDiscarded, ProposalRejected
	case r.WriteState == WriteConfirmed:
		r.State, r.Document, r.OrderedAt = ProposalOrdered, stored.Document, stored.OrderedAt
	case r.WriteState == WriteFailed:
		r.State = ProposalFailed
	}
}

// by reports whether something happened until a moment.
func by(when *time.Time, at time.Time) bool { return when != nil && !when.After(at) }

// moments are the recorded moments of a thread, the oldest first.
func (r ChainRows) moments() []time.Time {
	all := slices.Clone(r.Moments)
	add := func(times ...*time.Time) {
		for _, t := range times {
			if t != nil {
				all = append(all, *t)
			}
		}
	}
	for _, v := range r.Revisions {
		add(&v.RecordedAt, v.DeliveredAt)
	}
	for _, e := range r.Evaluations {
		add(&e.RecordedAt)
	}
	for _, c := range r.Recommendations {
		add(&c.RecordedAt, c.EnteredAt, c.DecidedAt, c.OrderedAt)
	}
	for _, d := range r.Decisions {
		add(&d.DecidedAt)
	}
	for _, o := range r.Orders {
		add(&o.RecordedAt)
	}
	for _, replies := range [][]ChainReply{r.Confirmations, r.ASNs, r.Receipts} {
		for _, reply := range replies {
			add(&reply.RecordedAt)
		}
	}
	for _, w := range r.Words {
		add(&w.RecordedAt)
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// Beside finds the recorded moments of a thread next to one, and not before since.
func (r ChainRows) Beside(at, since time.Time) (before, after *time.Time) {
	for _, m := range r.moments() {
		switch {
		case m.Before(since):
		case m.Before(at):
			before = &m
		case m.After(at):
			return before, &m
		}
	}
	return before, nil
}
