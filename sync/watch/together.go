package watch

import (
	"context"
	"errors"
	"slices"

	"throughline/models"
)

// together are detectors that share codes: what one of them sees must not close
// what another sees, so they look as one. It fails when one of them does, and
// gives what the others saw all the same.
type together []Detector

// Codes are those of each.
func (t together) Codes() []models.ExceptionCode {
	var all []models.ExceptionCode
	for _, d := range t {
		for _, code := range d.Codes() {
			if !slices.Contains(all, code) {
				all = append(all, code)
			}
		}
	}
	return all
}

// Detect has each of them look.
func (t together) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	var all []models.Signal
	var failures []error
	for _, d := range t {
		signals, err := d.Detect(ctx, l)
		all, failures = append(all, signals...), append(failures, err)
	}
	return all, errors.Join(failures...)
}
