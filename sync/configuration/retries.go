package configuration

import (
	"slices"
	"time"

	"throughline/models"
)

// retries are when failed calls are made again, by the class of the failure.
type retries struct {
	Deliveries map[models.RetryClass]retry `yaml:"deliveries"`
	Orders     map[models.RetryClass]retry `yaml:"orders"`
}

type retry struct {
	First    period  `yaml:"first"`
	Factor   float64 `yaml:"factor"`
	Cap      period  `yaml:"cap"`
	Jitter   *int    `yaml:"jitter"`
	Deadline period  `yaml:"deadline"`
	Tries    int     `yaml:"tries"`
	Least    period  `yaml:"least"`
}

// shortestWait keeps a target that fails from being called without a pause.
const shortestWait = 10 * time.Millisecond

func policies(declared map[models.RetryClass]retry) models.RetryPolicies {
	all := models.RetryPolicies{}
	for class, r := range declared {
		policy := models.RetryPolicy{
			First: r.First.duration(), Factor: r.Factor, Cap: r.Cap.duration(), Deadline: r.Deadline.duration(), Tries: r.Tries, Least: r.Least.duration(),
		}
		if r.Jitter != nil {
			policy.Jitter = *r.Jitter
		}
		all[class] = policy
	}
	return all
}

func (c *checker) checkRetries(r retries) {
	c.checkPolicies([]string{"retries", "deliveries"}, r.Deliveries, models.DeliveryRetries())
	c.checkPolicies([]string{"retries", "orders"}, r.Orders, models.OrderRetries())
	for _, class := range sorted(r.Orders) {
		if r.Orders[class].Deadline != "" {
			c.faultf([]string{"retries", "orders", string(class), "deadline"}, "an order has none: it is made once, or a person discards it")
		}
	}
}

func (c *checker) checkPolicies(path []string, declared map[models.RetryClass]retry, standard models.RetryPolicies) {
	filled := policies(declared).Filled(standard)
	for _, class := range sorted(declared) {
		d, at := declared[class], append(slices.Clone(path), string(class))
		if _, is := standard[class]; !is {
			c.faultf(at, "there is no such class; the classes are %s", sorted(standard))
			continue
		}
		for _, p := range []struct {
			name  string
			value period
		}{{"first", d.First}, {"cap", d.Cap}, {"deadline", d.Deadline}, {"least", d.Least}} {
			if v, err := p.value.parse(); p.value != "" && (err != nil || v < shortestWait || v > 366*24*time.Hour) {
				c.faultf(append(at, p.name), "is %q; it must be %s at least and a year at most", string(p.value), shortestWait)
			}
		}
		if d.Factor != 0 && (d.Factor < 1 || d.Factor > 10) {
			c.faultf(append(at, "factor"), "is %g; it must be 1 to 10", d.Factor)
		}
		if d.Jitter != nil && (*d.Jitter < 1 || *d.Jitter > 100) {
			c.faultf(append(at, "jitter"), "is %d percent; it must be 1 to 100", *d.Jitter)
		}
		c.checkTries(at, d, class == models.RetryRefused)
		if filled[class].Cap < filled[class].First {
			c.faultf(append(at, "cap"), "is shorter than the first wait, %s", filled[class].First)
		}
	}
}

// checkTries wants tries and a least time of what is refused alone, which has no deadline.
func (c *checker) checkTries(at []string, d retry, refused bool) {
	switch {
	case d.Tries != 0 && (!refused || d.Tries < 1 || d.Tries > 100):
		c.faultf(append(at, "tries"), "is %d; it must be 1 to 100, and of what is refused", d.Tries)
	case d.Least != "" && !refused:
		c.faultf(append(at, "least"), "only what is refused has it: everything else is tried until its deadline")
	case refused && d.Deadline != "":
		c.faultf(append(at, "deadline"), "what is refused has none: it is set aside after its tries and its least time")
	}
}
