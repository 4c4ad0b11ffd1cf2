package watch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// sourceSilent is API-01: a source, or the stock of one DC, has not been heard
// for longer than its interval allows.
type sourceSilent struct {
	conditions interface {
		Activity(ctx context.Context) ([]store.SourceActivity, error)
	}
	windows Windows
}

func (sourceSilent) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionSourceSilent}
}

// Detect says of a silent source only that, and not that each of its DCs is silent too.
func (d sourceSilent) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	sources, err := d.conditions.Activity(ctx)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, s := range sources {
		window := s.Interval * time.Duration(d.windows.SilentPercent) / 100
		if last := latest(s.LastAt, s.Known); l.Real.After(l.LateSince(last, window)) {
			signals = append(signals, d.silent(s, last, window, l))
			continue
		}
		if !ownsStock(s.System) {
			continue
		}
		for _, dc := range slices.Sorted(maps.Keys(s.StockAt)) {
			if last := s.StockAt[dc]; l.Real.After(l.LateSince(last, window)) {
				signals = append(signals, d.silentDC(s, dc, last, window, l))
			}
		}
	}
	return signals, nil
}

func (d sourceSilent) silent(s store.SourceActivity, last time.Time, window time.Duration, l Look) models.Signal {
	risk := models.Risk{AtLeast: models.ConsequenceSerious, At: l.After(last, d.windows.Soon)}
	risk.ServiceStop = ownsStock(s.System)
	return models.Signal{
		Code: models.ExceptionSourceSilent, Key: s.Source,
		Title: s.Source + " is silent",
		Happened: fmt.Sprintf("Nothing useful came from %s since %s UTC; a row is expected every %s, and %s are allowed. What it owns is shown as stale.",
			s.Source, last.UTC().Format("15:04:05"), ago(s.Interval), ago(window)),
		Subject: models.ExceptionSubject{Source: s.Source}, Risk: risk,
	}
}

func (d sourceSilent) silentDC(s store.SourceActivity, dc string, last time.Time, window time.Duration, l Look) models.Signal {
	return models.Signal{
		Code: models.ExceptionSourceSilent, Key: s.Source + "|" + dc, AlsoTeam: models.TeamPlanner,
		Title: fmt.Sprintf("No stock figures for %s from %s", dc, s.Source),
		Happened: fmt.Sprintf("The stock of %s was last heard at %s UTC, while %s sends for other places; %s are allowed. Decisions for %s are taken on old figures.",
			dc, last.UTC().Format("15:04:05"), s.Source, ago(window), dc),
		Subject: models.ExceptionSubject{Source: s.Source, DC: dc},
		Risk:    models.Risk{ServiceStop: true, At: l.After(last, d.windows.Soon)},
	}
}

// ownsStock reports whether a kind of system says what is in stock.
func ownsStock(system string) bool { return system == "erp" || system == "wms" }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
