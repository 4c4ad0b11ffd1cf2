package configuration

import "time"

// retention is how long what the tower keeps for the record is kept.
type retention struct {
	Stubs period `yaml:"stubs"`
}

// Stubs are kept for as long as the log itself at least, and ten years at most.
const (
	shortestStubs = 30 * 24 * time.Hour
	longestStubs  = 10 * 365 * 24 * time.Hour
)

func (c *checker) checkRetention(r retention) {
	path := []string{"retention", "stubs"}
	d, err := r.Stubs.parse()
	if r.Stubs != "" && (err != nil || d < shortestStubs || d > longestStubs) {
		c.faultf(path, "is %q; it must be 720h at least, as long as the log itself is kept, and 87600h at most", r.Stubs)
	}
}
