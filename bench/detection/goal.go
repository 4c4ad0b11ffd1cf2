package main

import "fmt"

// What a run has to reach, of all kinds together.
const (
	goalRecall    = 1.0
	goalPrecision = 0.98
)

// all is the score of all kinds together.
func (s *scores) all() *score {
	all := &score{}
	for _, k := range s.kinds {
		all.add(k)
	}
	return all
}

// reached is an error where a run has missed the goal.
func (s *scores) reached() error {
	all := s.all()
	if all.recall() >= goalRecall && all.precision() >= goalPrecision {
		return nil
	}
	return fmt.Errorf("the goal is missed: %.1f %% recall of %.0f %%, %.1f %% precision of %.0f %%",
		100*all.recall(), 100*goalRecall, 100*all.precision(), 100*goalPrecision)
}
