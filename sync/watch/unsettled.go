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

// unknownReference is TRF-03: events wait for a master record that does not come.
type unknownReference struct {
	conditions interface {
		WaitingFor(ctx context.Context, before time.Time) ([]store.UnsettledGroup, error)
	}
	windows Windows
}

func (unknownReference) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionUnknownReference}
}

func (d unknownReference) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	groups, err := d.conditions.WaitingFor(ctx, l.Real.Add(-d.windows.Waiting))
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, g := range groups {
		kind, id, _ := strings.Cut(g.Group, ":")
		if kind == "location" {
			kind = "distribution center"
		}
		signal := models.Signal{
			Code: models.ExceptionUnknownReference, Key: g.Group, AlsoTeam: models.TeamPlanner, Occurrences: g.Events,
			Title: fmt.Sprintf("Unknown %s %s", kind, id),
			Happened: fmt.Sprintf("%s sent by %s about %s %s, which no master record describes. It waits and is applied by itself when the record comes.",
				capital(fact(g.Type)), g.Source, kind, id),
			Subject: models.ExceptionSubject{Source: g.Source, Item: g.Item, DC: g.DC, EventSeq: g.First},
			Risk:    models.Risk{AtLeast: rise(g.Demand > 0 || slices.ContainsFunc(g.Types, movesStock)), At: l.After(g.FirstAt, d.windows.Soon)},
		}
		if g.Demand > 0 {
			signal.Happened += fmt.Sprintf(" Demand of customers is behind it: %s.", plural(int64(g.Demand), "event"))
		}
		signals = append(signals, signal)
	}
	return signals, nil
}

// parked is API-07, TRF-06, TRF-07 and OWN-01: events that a person has to
// decide on, grouped by what is wrong with them.
type parked struct {
	conditions interface {
		Parked(ctx context.Context) ([]store.UnsettledGroup, error)
	}
	windows Windows
}

func (parked) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{
		models.ExceptionIDReused, models.ExceptionMappingError, models.ExceptionPoison, models.ExceptionNotOwner,
	}
}

func (d parked) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	groups, err := d.conditions.Parked(ctx)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, g := range groups {
		signals = append(signals, d.group(g, l))
	}
	return signals, nil
}

func (d parked) group(g store.UnsettledGroup, l Look) models.Signal {
	s := models.Signal{
		Code: d.code(g.Code), Key: g.Group, Occurrences: g.Events,
		Title:    fmt.Sprintf("%s from %s cannot be applied", capital(fact(g.Type)), g.Source),
		Happened: strings.TrimSuffix(g.Reason, ".") + ". It is kept aside until somebody retries or discards it.",
		Subject:  models.ExceptionSubject{Source: g.Source, Item: g.Item, DC: g.DC, EventSeq: g.First, Fingerprint: g.Group},
		Risk:     models.Risk{AtLeast: rise(movesStock(g.Type) || g.Behind > 0), At: l.After(g.FirstAt, d.windows.Soon)},
	}
	if g.Behind > 0 {
		s.Happened += fmt.Sprintf(" Behind it: %s of the same key.", plural(int64(g.Behind), "later event"))
	}
	switch s.Code {
	case models.ExceptionNotOwner:
		s.Title = fmt.Sprintf("%s may not write %s", g.Source, aFact(g.Type))
		s.Risk.AtLeast = foreignWrite(g.Type)
	case models.ExceptionIDReused:
		s.Title = fmt.Sprintf("%s %s two contents", g.Source, usedTwice(g))
		s.Risk.AtLeast = models.ConsequenceSerious
		s.Risk.WrongOrder = makesOrders(g.Type)
	}
	return s
}

// usedTwice says under what a source told two contents, by why the second did not pass.
func usedTwice(g store.UnsettledGroup) string {
	switch {
	case strings.HasPrefix(g.Reason, "Version "):
		return fmt.Sprintf("told one version of a %s with", fact(g.Type))
	case strings.HasPrefix(g.Reason, "It is already known"):
		return fmt.Sprintf("told one %s with", fact(g.Type))
	}
	return "used one event id for"
}

// code is the parked event's own code where the catalogue of this detector has
// it; what fails in no known way is poison.
func (d parked) code(code string) models.ExceptionCode {
	for _, known := range d.Codes() {
		if string(known) == code {
			return known
		}
	}
	return models.ExceptionPoison
}

// foreignWrite is what it means that another than the owner writes: price, lead
// time and stock decide on orders.
func foreignWrite(t string) models.Consequence {
	switch models.EventType(t).Entity() {
	case "item", "supplier", "inventory":
		return models.ConsequenceSerious
	}
	return models.ConsequenceEffect
}

// makesOrders reports whether an event of a type leads to an ERP order.
func makesOrders(t string) bool {
	switch models.EventType(t) {
	case models.TypeRecommendation, models.TypePurchaseOrder, models.TypeTransferOrder:
		return true
	}
	return false
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
