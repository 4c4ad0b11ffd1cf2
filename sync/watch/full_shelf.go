package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// fullShelf is PLT-05: a team puts aside more than it can keep in mind, or one
// thing for ever.
type fullShelf struct {
	conditions interface {
		Shelves(ctx context.Context, now time.Time) ([]store.Shelf, error)
	}
	windows Windows
}

const (
	fullShelfAt = 10
	shelfAge    = 30 * 24 * time.Hour // real
)

func (fullShelf) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionFullShelf}
}

func (d fullShelf) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	shelves, err := d.conditions.Shelves(ctx, l.Real)
	if err != nil {
		return nil, err
	}
	soon := l.Today().Add(3 * models.TodayBound)
	var signals []models.Signal
	for _, s := range shelves {
		old := l.Real.Sub(s.Since) > shelfAge
		if s.Shelved <= fullShelfAt && !old {
			continue
		}
		happened := fmt.Sprintf("%s are put aside; what is more than %d is not looked after. If nobody can act on them, their rule is wrong.",
			capital(plural(s.Shelved, "exception")), fullShelfAt)
		if old {
			happened = fmt.Sprintf("Of what is put aside, one has been so again and again since %s. If nobody can act on it, its rule is wrong.", onDay(s.Since))
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionFullShelf, Key: string(s.Team), Team: s.Team, Occurrences: int(min(s.Shelved, 1<<30)),
			Title: "Too much is put aside", Happened: happened,
			Risk: models.Risk{AtLeast: models.ConsequenceNuisance, At: &soon},
		})
	}
	return signals, nil
}
