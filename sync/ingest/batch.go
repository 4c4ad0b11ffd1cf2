package ingest

import (
	"context"
	"errors"
	"strconv"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
	"throughline/sync/eventlog"
)

// Codes of the catalogue under which refused events are counted.
const (
	codeEnvelope = "API-06"
	codeContract = "TRF-01"
)

// batch is one request on its way: a result an event, and the entries of those
// that are good.
type batch struct {
	cfg     *Config
	key     models.APIKey
	now     time.Time
	answer  models.IntakeAnswer
	entries []store.Entry
	places  []int // of the entries, in the answer's results
	refused []models.Rejection
	skews   []models.ClockSkew // of the good ones
}

func (s *Service) newBatch(key models.APIKey) *batch {
	return &batch{cfg: &s.cfg, key: key, now: s.cfg.Now()}
}

// add judges one event. Its error refuses the whole request.
func (b *batch) add(e contract.Envelope, fault error) error {
	if len(b.answer.Results) == MaxEvents {
		return invalid(models.ErrTooLarge, "A request may bring "+strconv.Itoa(MaxEvents)+" events at most. Send the rest in another one.")
	}
	if e.Source != "" && e.Source != b.key.Source {
		return models.Errorf(models.CodeForbidden,
			"The event %q says it is from %q, and this API key belongs to %q. Set source to the key's own, or use the other system's key.",
			e.ID, e.Source, b.key.Source)
	}
	t := models.EventType(e.Type)
	if t.Known() && !b.key.Allows(t) {
		return models.Errorf(models.CodeForbidden, "This API key of %s may not bring events of the type %s.", b.key.Source, t)
	}
	if fault == nil && t.Known() && b.paused(e, t) {
		return nil
	}
	code, faults := b.judge(e, t, fault)
	if code != "" {
		b.reject(e, code, faults)
	}
	return nil
}

// judge appends the entry of a good event, or says what is wrong and under which code.
func (b *batch) judge(e contract.Envelope, t models.EventType, fault error) (code string, _ []models.Violation) {
	if fault != nil {
		return codeEnvelope, []models.Violation{asField(fault, "")}
	}
	if len(e.Raw) > MaxEventBytes {
		return codeEnvelope, []models.Violation{{Message: "the event is larger than 1 MB"}}
	}
	if !t.Known() {
		return codeEnvelope, []models.Violation{{Pointer: "/type", Message: "is not a known contract: GET /contracts/ lists them"}}
	}
	occurred, skew, message := b.occurred(&e)
	if message != "" {
		return codeEnvelope, []models.Violation{{Pointer: "/time", Message: message}}
	}
	fact, err := contract.Decode(t, e.Data)
	if err != nil {
		return codeContract, b.explain(t, e.Data, err)
	}
	if skew > 0 {
		b.skews = append(b.skews, models.ClockSkew{Source: b.key.Source, Entity: t.Entity(), DC: fact.DC, Ahead: skew, SeenAt: b.now})
	}
	sent, _ := models.ParseTraceParent(e.TraceParent)
	b.places = append(b.places, len(b.answer.Results))
	b.answer.Results = append(b.answer.Results, models.IntakeResult{ID: e.ID})
	b.entries = append(b.entries, eventlog.NewEntry(models.Event{
		OccurredAt: occurred, Source: b.key.Source, ID: e.ID, Type: t, Subject: e.Subject,
		Key: fact.Key, Item: fact.Item, DC: fact.DC, TraceID: sent.TraceID(),
		Extensions: e.Extensions, Data: e.Data,
	}, b.cfg.Shards))
	return "", nil
}

func (b *batch) explain(t models.EventType, data string, err error) []models.Violation {
	var fault *contract.Fault
	if !errors.As(err, &fault) {
		return []models.Violation{{Pointer: "/data", Message: err.Error()}}
	}
	faults := b.cfg.Contracts.Explain(t, data, fault)
	for i := range faults {
		faults[i].Pointer = "/data" + faults[i].Pointer
	}
	return faults
}

func asField(err error, prefix string) models.Violation {
	if fault, ok := errors.AsType[*contract.Fault](err); ok {
		return models.Violation{Pointer: prefix + fault.Pointer, Message: fault.Message}
	}
	return models.Violation{Pointer: prefix, Message: err.Error()}
}

func (b *batch) reject(e contract.Envelope, code string, faults []models.Violation) {
	b.answer.Results = append(b.answer.Results, models.IntakeResult{ID: e.ID, Status: models.IntakeRejected, Errors: faults})
	b.answer.Rejected++
	b.refused = append(b.refused, models.Rejection{
		Source: b.key.Source, EventID: e.ID, Type: e.Type, Code: code, Errors: faults, Body: e.Raw, At: b.now, Extensions: e.Extensions,
	})
}

// append makes the good events durable and completes the answer.
func (b *batch) append(ctx context.Context) (models.IntakeAnswer, error) {
	for i := range b.refused {
		b.cfg.Rejections.Add(b.refused[i])
	}
	b.cfg.Rejections.AddSkews(ctx, b.skews)
	b.refused, b.skews = nil, nil // a file's step may be tried again
	if len(b.entries) == 0 {
		return b.answer, nil
	}
	outcomes, err := b.cfg.Appender.Append(ctx, b.entries)
	if err != nil {
		return models.IntakeAnswer{}, err
	}
	for i, o := range outcomes {
		result := &b.answer.Results[b.places[i]]
		result.Status, result.Seq = o.Status, o.Seq
		switch o.Status {
		case models.IntakeDuplicate:
			b.answer.Duplicate++
		case models.IntakeConflict:
			b.answer.Conflict++
			result.Errors = []models.Violation{{Pointer: "/id", Message: "this id was accepted before with another content; " +
				"this one is kept aside until someone decides. Give a new fact a new id."}}
		default:
			b.answer.Accepted++
		}
	}
	b.trace(outcomes)
	return b.answer, nil
}

// trace tells of what was accepted. A duplicate was told of when it first came.
func (b *batch) trace(outcomes []eventlog.Outcome) {
	if b.cfg.Tracer.Off() {
		return
	}
	ended := b.cfg.Now()
	for i, o := range outcomes {
		if o.Status == models.IntakeDuplicate {
			continue
		}
		e := b.entries[i].Event
		e.Seq = o.Seq
		b.cfg.Tracer.Intake(&e, b.now, ended)
	}
}
