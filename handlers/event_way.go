package handlers

import (
	"strconv"
	"time"

	"throughline/models"
	"throughline/views/ui"
)

// The steps of a batch, in order. Whether an event conflicts, who may write it
// and what it refers to is decided on the state as read, before the write.
const (
	stepDecode = iota
	stepCheck
	stepWrite
)

var eventSteps = []string{stepDecode: "Decode and map", stepCheck: "Check id, owner and references", stepWrite: "Write state and ledger"}

// eventWay is the event's first pass on one axis: accepted, waited, met by its
// batch, delivered. Later attempts stand in their own table, or the axis would
// have to be hours long.
func eventWay(d models.EventDetail, now time.Time) ui.Waterfall {
	way := waterfall{start: d.OccurredAt}
	if d.ReceivedAt.Before(way.start) {
		way.start = d.ReceivedAt // the source's clock is ahead
	}
	way.add("Source to log", way.start, d.ReceivedAt.Sub(way.start), ui.StageDone, "")
	if d.Batch == nil {
		way.add("Waits for its turn", d.ReceivedAt, now.Sub(d.ReceivedAt), ui.StageWaiting, "")
		for _, name := range eventSteps {
			way.add(name, now, 0, ui.StageSkipped, "")
		}
		return way.Waterfall
	}
	b := d.Batch
	way.add("Waits for its turn", d.ReceivedAt, b.StartedAt.Sub(d.ReceivedAt), ui.StageDone, "")
	at := b.StartedAt
	failed := failedStep(d)
	for i, took := range []time.Duration{b.Transform, b.Reference, b.Apply} {
		state := ui.StageDone
		switch {
		case failed >= 0 && i == failed:
			state = ui.StageFailed
		case failed >= 0 && i > failed, i == stepWrite && d.State == "superseded":
			state = ui.StageSkipped
		}
		way.add(eventSteps[i], at, took, state, "")
		at = at.Add(took)
	}
	for _, delivery := range d.Deliveries {
		way.addDelivery(delivery, b.AppliedAt, now)
	}
	return way.Waterfall
}

// failedStep is the step that decided against the event; -1 when none did.
func failedStep(d models.EventDetail) int {
	if !d.Unsettled() && d.State != "discarded" {
		return -1
	}
	if d.State == "held" {
		return stepCheck
	}
	switch models.ExceptionCode(d.Code) {
	case models.ExceptionContractViolation:
		return stepDecode
	case models.ExceptionUnknownReference, models.ExceptionIDReused, models.ExceptionNotOwner, models.ExceptionImplausible:
		return stepCheck
	}
	return stepWrite
}

func eventWayNote(d models.EventDetail) string {
	if d.Batch == nil {
		return "real time"
	}
	if failedStep(d) >= 0 {
		return "first pass, real time · the event was set aside"
	}
	return "first pass, real time · its batch applied " + counted(d.Batch.Events, "event")
}

// waterfall adds stages by their instants.
type waterfall struct {
	ui.Waterfall
	start time.Time
}

func (w *waterfall) add(name string, at time.Time, took time.Duration, state ui.StageState, note string) {
	w.Stages = append(w.Stages, ui.Stage{Name: name, Start: max(at.Sub(w.start), 0), Took: max(took, 0), State: state, Note: note})
}

func (w *waterfall) addDelivery(d models.EventDelivery, applied, now time.Time) {
	name := "To " + d.Subscription
	switch {
	case d.StartedAt == nil && d.Passed:
		w.add(name, applied, 0, ui.StageDone, "with an earlier message")
	case d.StartedAt == nil:
		w.add(name, applied, now.Sub(applied), ui.StageWaiting, "")
	case d.Passed || d.Error == "":
		w.add(name, *d.StartedAt, d.EndedAt.Sub(*d.StartedAt), ui.StageDone, "")
	default:
		w.add(name, *d.StartedAt, d.EndedAt.Sub(*d.StartedAt), ui.StageFailed, "attempt "+strconv.Itoa(d.Attempt))
	}
}
