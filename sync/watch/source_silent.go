package watch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// sourceSilent is API-01: of a source, or of an entity at one DC, nothing useful
// has been heard for longer than is allowed, whether the source sends or not.
type sourceSilent struct {
	conditions interface {
		Activity(ctx context.Context) ([]store.SourceActivity, error)
		Useless(ctx context.Context) (map[string]store.UselessRows, error)
		CatchUps(ctx context.Context, code models.ExceptionCode) (map[string]models.CatchUp, error)
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
	useless, err := d.conditions.Useless(ctx)
	if err != nil {
		return nil, err
	}
	polls, err := d.conditions.CatchUps(ctx, models.ExceptionSourceSilent)
	if err != nil {
		return nil, err
	}
	signals := d.silences(sources, useless, l)
	for i := range signals {
		if u, polled := polls[signals[i].DedupeKey()]; polled {
			signals[i].Happened += readInstead(signals[i].Subject.Source, u)
		}
	}
	return signals, nil
}

// silences are what is not heard, before anything was done about it.
func (d sourceSilent) silences(sources []store.SourceActivity, useless map[string]store.UselessRows, l Look) []models.Signal {
	var signals []models.Signal
	for _, s := range sources {
		window := s.Interval * time.Duration(d.windows.SilentPercent) / 100
		last := latest(s.LastAt, s.Known)
		if only := onlyEntity(s.Heard); s.Interval > 0 && l.Real.After(l.silentSince(last, s.Source, only, window, d.windows.Calendars[s.Source])) {
			signals = append(signals, l.calmed(d.silent(s, useless[s.Source], last, window, l), s.Source, only))
			continue
		}
		for _, h := range s.Heard {
			if within, calendar := d.allowed(s, h); within > 0 && l.Real.After(l.silentSince(h.At, s.Source, h.Entity, within, calendar)) {
				signals = append(signals, l.calmed(d.silentDC(s, h, allowance(within, calendar), l), s.Source, h.Entity))
			}
		}
	}
	return signals
}

// readInstead says what is polled of a source while it sends nothing.
func readInstead(source string, u models.CatchUp) string {
	if u.Answer != "" && u.Times == 0 {
		return fmt.Sprintf(" The tower does not read what changes from %s itself: %s", source, u.Answer)
	}
	if u.Answer != "" {
		return fmt.Sprintf(" The tower cannot read what changes from %s itself, last asked at %s: %s", source, models.Instant(u.AskedAt), u.Answer)
	}
	if u.ReadSince == nil {
		return ""
	}
	return fmt.Sprintf(" Since %s the tower reads what changes in the stock from %s itself, last at %s: %s came.",
		models.Instant(*u.ReadSince), source, models.Instant(u.AskedAt), plural(u.Came, "changed balance"))
}

// onlyEntity is the entity that a source sends and no other, "" when it sends
// several: a pause of it is then one of all that the source says.
func onlyEntity(heard []store.Heard) string {
	if len(heard) == 0 || slices.ContainsFunc(heard, func(h store.Heard) bool { return h.Entity != heard[0].Entity }) {
		return ""
	}
	return heard[0].Entity
}

// allowed is how old what a source says of an entity at a DC may become: its
// target, else for stock the window of the source; 0 when nothing was declared.
func (d sourceSilent) allowed(s store.SourceActivity, h store.Heard) (time.Duration, *models.Calendar) {
	if t, found := d.windows.Targets.For(h.Entity, h.DC); found && h.Owner {
		return t.Freshness, t.Calendar
	}
	if h.Entity == "inventory" && h.DC != "" && ownsStock(s.System) {
		return s.Interval * time.Duration(d.windows.SilentPercent) / 100, d.windows.Calendars[s.Source]
	}
	return 0, nil
}

func (d sourceSilent) silent(s store.SourceActivity, useless store.UselessRows, last time.Time, window time.Duration, l Look) models.Signal {
	risk := models.Risk{AtLeast: models.ConsequenceSerious, At: l.After(last, d.windows.Soon)}
	risk.ServiceStop = ownsStock(s.System)
	title := s.Source + " is silent"
	if useless.Sent > 0 {
		title = s.Source + " sends, but nothing of it is useful"
	}
	return models.Signal{
		Code: models.ExceptionSourceSilent, Key: s.Source, Title: title,
		Happened: inVain(useless) + fmt.Sprintf("Nothing useful came from %s since %s; a row is expected every %s, and %s are allowed. What it owns is shown as stale.",
			s.Source, models.Instant(last), ago(s.Interval), allowance(window, d.windows.Calendars[s.Source])),
		Subject: models.ExceptionSubject{Source: s.Source}, Risk: risk,
	}
}

func (d sourceSilent) silentDC(s store.SourceActivity, h store.Heard, allowed string, l Look) models.Signal {
	key, what, place := s.Source+"|"+h.DC, "stock", h.DC
	risk := models.Risk{ServiceStop: true, At: l.After(h.At, d.windows.Soon)}
	if h.Entity != "inventory" {
		key, what = s.Source+"|"+h.Entity+"|"+h.DC, strings.ReplaceAll(h.Entity, "_", " ")
		risk.ServiceStop, risk.AtLeast = false, models.ConsequenceSerious
	}
	if place == "" {
		place = "all DCs"
	}
	return models.Signal{
		Code: models.ExceptionSourceSilent, Key: key, AlsoTeam: models.TeamPlanner,
		Title: fmt.Sprintf("No %s figures for %s from %s", what, place, s.Source),
		Happened: fmt.Sprintf("The %s of %s was last heard at %s, while %s sends other things; %s are allowed. Decisions for %s are taken on old figures.",
			what, place, models.Instant(h.At), s.Source, allowed, place),
		Subject: models.ExceptionSubject{Source: s.Source, DC: h.DC}, Risk: risk,
	}
}

// inVain says what came without taking effect.
func inVain(u store.UselessRows) string {
	if u.Sent == 0 {
		return ""
	}
	return fmt.Sprintf("It is up and sent %s since its last useful row, none of which took effect: %d repeated, %d superseded, %d parked, %d held or not yet taken. ",
		plural(u.Sent, "event"), u.Repeated, u.Superseded, u.Parked, max(0, u.Sent-u.Repeated-u.Superseded-u.Parked))
}

// allowance is a window in words.
func allowance(window time.Duration, calendar *models.Calendar) string {
	switch {
	case calendar == nil:
		return ago(window)
	case len(calendar.CutOffs) == 0:
		return ago(window) + " of working time"
	default:
		return ago(window) + " of working time, less ahead of a cut-off,"
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
