package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// completeness is REC-03: by a source's own control total, events that it sent
// did not arrive.
type completeness struct {
	totals interface {
		Short(ctx context.Context, now, statedBefore time.Time) ([]models.ControlTotal, error)
	}
	conditions interface {
		CatchUps(ctx context.Context, code models.ExceptionCode) (map[string]models.CatchUp, error)
	}
	windows Windows
}

func (completeness) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionIncomplete}
}

func (d completeness) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	short, err := d.totals.Short(ctx, l.Real, l.Real.Add(-d.windows.Gap))
	if err != nil {
		return nil, err
	}
	asked, err := d.conditions.CatchUps(ctx, models.ExceptionIncomplete)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, t := range short {
		signal := d.signal(t, l)
		if u, known := asked[signal.DedupeKey()]; known {
			signal.Happened += askedAgain(u)
		}
		signals = append(signals, l.calmed(signal, t.Source, t.Type.Entity()))
	}
	return signals, nil
}

func (d completeness) signal(t models.ControlTotal, l Look) models.Signal {
	place := ""
	if t.DC != "" {
		place = " of " + t.DC
	}
	from, to := t.Since.UTC(), t.Until.UTC()
	waitsFor := ""
	if movesStock(string(t.Type)) { // a difference of stock is a part of it
		waitsFor = t.Source
	}
	return models.Signal{
		Code: models.ExceptionIncomplete, Through: waitsFor, Key: fmt.Sprintf("%s|%s|%s|%d|%d", t.Source, t.Type, t.DC, from.UnixMicro(), to.UnixMicro()),
		Occurrences: int(min(t.Missing(), 1<<30)),
		Title:       fmt.Sprintf("%s of %s did not arrive", capital(plural(t.Missing(), fact(string(t.Type)))), t.Source),
		Happened: fmt.Sprintf("%s says that it sent %d %s%s from %s to %s; %d were accepted. The figures lack what the others say until they are sent again.",
			capital(t.Source), t.Events, facts(string(t.Type)), place, models.Instant(from), models.Instant(to), t.Counted),
		Subject: models.ExceptionSubject{Source: t.Source, DC: t.DC},
		Risk:    models.Risk{AtLeast: d.consequence(t), At: l.After(t.StatedAt, d.windows.Soon)},
	}
}

// muchMissing is the share of a total from which its lack is serious.
const muchMissing = 100 // one in

func (d completeness) consequence(t models.ControlTotal) models.Consequence {
	if movesStock(string(t.Type)) && t.Missing()*muchMissing >= t.Events {
		return models.ConsequenceSerious
	}
	return models.ConsequenceEffect
}
