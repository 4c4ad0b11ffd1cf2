package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// fullShelf is PLT-05: a team puts aside more than it can keep in mind, or one
// thing for ever, be it a single exception or a kind.
type fullShelf struct {
	conditions interface {
		Shelves(ctx context.Context, now time.Time) ([]store.Shelf, error)
		ShelvedKinds(ctx context.Context, now time.Time) ([]models.KindShelf, error)
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
	kinds, err := d.conditions.ShelvedKinds(ctx, l.Real)
	if err != nil {
		return nil, err
	}
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
		signals = append(signals, l.overused(string(s.Team), s.Team, s.Shelved, happened))
	}
	for _, k := range kinds {
		if l.Real.Sub(k.Since) > shelfAge {
			kind, _ := k.Code.Kind()
			signals = append(signals, l.overused("kind "+string(k.Code)+" "+k.Scope(), kind.Team, 1, fmt.Sprintf(
				"%s (%s) has been shelved %s again and again since %s. If nobody can act on it, its rule is wrong.", kind.Name, k.Code, k.Scope(), onDay(k.Since))))
		}
	}
	return signals, nil
}

// overused tells a team that its shelf keeps what it should not.
func (l Look) overused(key string, team models.Team, times int64, happened string) models.Signal {
	soon := l.Today().Add(3 * models.TodayBound)
	return models.Signal{
		Code: models.ExceptionFullShelf, Key: key, Team: team, Occurrences: int(min(times, 1<<30)),
		Title: "Too much is put aside", Happened: happened,
		Risk: models.Risk{AtLeast: models.ConsequenceNuisance, At: &soon},
	}
}
