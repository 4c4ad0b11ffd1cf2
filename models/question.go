package models

import "time"

// ProposalQuestion is what somebody who decides asked about a recommendation.
type ProposalQuestion struct {
	ID             int64
	Recommendation string
	Item           string
	DC             string
	Question       string
	AskedBy        string
	AskedAt        time.Time
	Answer         string
	AnsweredBy     string
	AnsweredAt     *time.Time // nil while it is open
}

// Open reports whether nobody has answered yet.
func (q ProposalQuestion) Open() bool { return q.AnsweredAt == nil }
