package models

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// RetryClass is what a failed call was: what helps decides when it is made again.
// A permanent failure is in none of them, since it is never made again.
type RetryClass string

// The classes.
const (
	RetryTransient   RetryClass = "transient"    // it did nothing and may be repeated
	RetryRateLimited RetryClass = "rate_limited" // the system asked for a pause
	RetryUnknown     RetryClass = "unknown"      // it may have had its effect: asking the system tells
	RetryRefused     RetryClass = "refused"      // the system answers, and does not take what this call says
)

// ClassPermanent is the class of what a person has to mend.
const ClassPermanent = "permanent"

// RetryPolicy says when a failed call is made again, in real time. Deadline is
// how long after its first attempt, whichever process made it, it is given up to
// a person; 0 is never. What is refused is given up after Tries refusals, and no
// sooner than Least after the first of them.
type RetryPolicy struct {
	First, Cap time.Duration
	Factor     float64
	Jitter     int // percent of the wait, to both sides
	Deadline   time.Duration
	Tries      int
	Least      time.Duration
}

// Wait is how long to wait after so many attempts, 1 for the first.
func (p RetryPolicy) Wait(attempt int) time.Duration {
	wait := math.Min(float64(p.First)*math.Pow(p.Factor, float64(max(attempt-1, 0))), float64(p.Cap))
	return time.Duration(wait * (1 + (2*rand.Float64()-1)*float64(p.Jitter)/100))
}

// Over reports whether an attempt at an instant would come after the deadline.
func (p RetryPolicy) Over(first, next time.Time) bool {
	return p.Deadline > 0 && next.After(first.Add(p.Deadline))
}

// String is the policy in words.
func (p RetryPolicy) String() string {
	text := fmt.Sprintf("first after %s, ×%s up to %s, ±%d %%", p.First, strconv.FormatFloat(p.Factor, 'f', -1, 64), p.Cap, p.Jitter)
	if p.Deadline > 0 {
		text += fmt.Sprintf(", given up after %s", p.Deadline)
	}
	if p.Tries > 0 {
		text += fmt.Sprintf(", given up after %d tries and %s at least", p.Tries, p.Least)
	}
	return text
}

// RetryPolicies are the policies of one kind of calls, by class.
type RetryPolicies map[RetryClass]RetryPolicy

// Filled are the policies with what they leave out taken from standard, whose
// classes are all there are.
func (p RetryPolicies) Filled(standard RetryPolicies) RetryPolicies {
	filled := RetryPolicies{}
	for class, s := range standard {
		own := p[class]
		filled[class] = RetryPolicy{
			First: orElse(own.First, s.First), Factor: orElse(own.Factor, s.Factor), Cap: orElse(own.Cap, s.Cap),
			Jitter: orElse(own.Jitter, s.Jitter), Deadline: orElse(own.Deadline, s.Deadline), Tries: orElse(own.Tries, s.Tries), Least: orElse(own.Least, s.Least),
		}
	}
	return filled
}

func orElse[T comparable](v, standard T) T {
	var zero T
	if v == zero {
		return standard
	}
	return v
}

// DeliveryRetries are those of deliveries where nobody says otherwise.
func DeliveryRetries() RetryPolicies {
	policy := RetryPolicy{First: 500 * time.Millisecond, Factor: 2, Cap: time.Minute, Jitter: 20}
	refused := policy
	refused.Tries, refused.Least = 3, time.Minute
	return RetryPolicies{RetryTransient: policy, RetryRateLimited: policy, RetryRefused: refused}
}

// OrderRetries are those of calls to the ERP where nobody says otherwise. They
// have no deadline: an order is made once or discarded by a person.
func OrderRetries() RetryPolicies {
	policy := RetryPolicy{First: time.Second, Factor: 2, Cap: time.Minute, Jitter: 20}
	return RetryPolicies{RetryTransient: policy, RetryUnknown: policy}
}
