package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// contractViolation is TRF-01: a source sends what its contract forbids.
type contractViolation struct {
	conditions interface {
		Rejected(ctx context.Context, since time.Time, known []string) ([]store.Rejections, error)
	}
	windows Windows
}

func (contractViolation) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionContractViolation}
}

// manyRefused is how many refused events in the window are more than a slip.
const manyRefused = 10

func (d contractViolation) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	var known []string
	for _, t := range models.EventTypes() {
		known = append(known, string(t))
	}
	refused, err := d.conditions.Rejected(ctx, l.Real.Add(-d.windows.Refused), known)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, r := range refused {
		signals = append(signals, models.Signal{
			Code: models.ExceptionContractViolation, Key: r.Source + "|" + r.Type, Occurrences: int(min(r.Count, 1<<30)),
			Title: violation(r),
			Happened: fmt.Sprintf("Of the %s that %s sent, some were refused and are not in the figures: %s. They may be corrected and sent again.",
				facts(r.Type), r.Source, firstFault(r.Errors)),
			Subject: models.ExceptionSubject{Source: r.Source},
			Risk:    models.Risk{AtLeast: rise(movesStock(r.Type) || r.Count >= manyRefused), At: l.After(r.FirstAt, d.windows.Soon)},
		})
	}
	return signals, nil
}

// violation is the title: a type that no contract names has none to break.
func violation(r store.Rejections) string {
	if r.Type == "" {
		return fmt.Sprintf("%s sends %s", r.Source, facts(r.Type))
	}
	return fmt.Sprintf("%s breaks the contract of its %s", r.Source, facts(r.Type))
}

// firstFault is the first of a refused event's faults, with its place.
func firstFault(errors []byte) string {
	var faults []struct {
		Pointer string `json:"pointer"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(errors, &faults); err != nil || len(faults) == 0 {
		return "see the refused events"
	}
	if faults[0].Pointer == "" {
		return faults[0].Message
	}
	return faults[0].Pointer + " " + faults[0].Message
}
