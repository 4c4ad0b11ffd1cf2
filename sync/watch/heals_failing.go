package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// healsFailing is PLT-04: what the tower mends by itself, it tries again and
// again and does not mend. A target that is down is told of by its own exception.
type healsFailing struct {
	conditions interface {
		Heals(ctx context.Context, since time.Time) ([]store.Heals, error)
		VainWaking(ctx context.Context, now time.Time, attempts int) (store.VainWaking, error)
	}
	windows Windows
}

const (
	healWindow  = 7 * 24 * time.Hour // real
	vainHeals   = 3                  // tries in a row of one difference
	judgedHeals = 10                 // tries in the window, from which their share tells something
	helpPercent = 80                 // of them that are to help
	// vainTries is above what is needed in good order: a first try, and one for
	// each of the three records that an event may wait for.
	vainTries = 4
)

func (healsFailing) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionHealsFailing}
}

func (d healsFailing) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	heals, err := d.conditions.Heals(ctx, l.Real.Add(-healWindow))
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, h := range heals {
		if failing(h) {
			signals = append(signals, d.stock(h, l))
		}
	}
	waking, err := d.conditions.VainWaking(ctx, l.Real, vainTries)
	if err != nil {
		return nil, err
	}
	if waking.Events > 0 {
		signals = append(signals, d.waking(waking, l))
	}
	return signals, nil
}

func failing(h store.Heals) bool {
	judged := h.Helped + h.InVain
	return h.Worst >= vainHeals || judged >= judgedHeals && h.Helped*100 < helpPercent*judged
}

func (d healsFailing) stock(h store.Heals, l Look) models.Signal {
	title, action := "Reading stock again does not help", "the ERP's figure was read again"
	if h.IsCopy {
		title, action = "Delivering stock again to "+h.Source+" does not help", "the ERP's figure was delivered again to "+h.Source
	}
	until := fmt.Sprintf("After %d in a row it is left to a person.", models.HealTries)
	if h.Worst >= models.HealTries {
		until = fmt.Sprintf("%s at %s is left to a person until the ERP changes it.", h.Item, h.DC)
	}
	return models.Signal{
		Code: models.ExceptionHealsFailing, Key: "stock|" + h.Source, AlsoTeam: models.TeamPlanner, Occurrences: int(min(h.Standing, 1<<30)),
		Title: title,
		Happened: fmt.Sprintf("For %s at %s %s %s in a row, and it still differs. In seven days it helped %d times and %d times not. %s",
			h.Item, h.DC, action, plural(h.Worst, "time"), h.Helped, h.InVain, until),
		Subject: models.ExceptionSubject{Source: h.Source, Item: h.Item, DC: h.DC},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(h.Since, 24*time.Hour)},
	}
}

func (d healsFailing) waking(w store.VainWaking, l Look) models.Signal {
	return models.Signal{
		Code: models.ExceptionHealsFailing, Key: "waking", Occurrences: int(min(w.Events, 1<<30)),
		Title: "Events wait for records that are here",
		Happened: fmt.Sprintf("%s waited for a record that has come; each was tried more than %d times since and waits again.",
			capital(plural(w.Events, "event")), vainTries),
		Subject: models.ExceptionSubject{EventSeq: w.First},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(w.FirstAt, 24*time.Hour)},
	}
}
