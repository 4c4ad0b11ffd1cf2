package api

import (
	"fmt"
	"math"
	"time"

	"throughline/models"
)

// The fields of draft-ietf-httpapi-ratelimit-headers, structured fields of one policy.
const (
	policyHeader = "RateLimit-Policy"
	limitHeader  = "RateLimit"
	policyName   = "events"
)

// charge takes one from what the key may do, for a request that brings no events.
func (a *API) charge(key models.APIKey, set func(name, value string)) error {
	if a.cfg.Limits == nil || !key.Limited() {
		return nil
	}
	quota, err := a.cfg.Limits.Take(key, 1)
	setQuota(set, quota)
	return err
}

// setQuota tells a limited key its policy (a burst in the time that it takes to
// refill) and what is left of it.
func setQuota(set func(name, value string), q *models.Quota) {
	if q == nil {
		return
	}
	window := int64(math.Ceil(float64(q.Limit.Burst) / q.Limit.Rate))
	set(policyHeader, fmt.Sprintf(`"%s";q=%d;w=%d`, policyName, q.Limit.Burst, window))
	set(limitHeader, fmt.Sprintf(`"%s";r=%d;t=%d`, policyName, q.Remaining, (q.Full+time.Second-1)/time.Second))
}
