package apply

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
)

// read decodes an event; what cannot be decoded is judged all the same.
func read(event *models.Event) entry {
	e := entry{event: event}
	e.fact, e.unreadable = contract.Decode(event.Type, event.Data)
	if e.unreadable != nil {
		e.fact = contract.Fact{}
		return e
	}
	e.references = e.fact.References()
	e.hash, e.unreadable = contentHash(e.fact.Payload)
	return e
}

func readAll(events []models.Event) []entry {
	entries := make([]entry, len(events))
	for i := range events {
		entries[i] = read(&events[i])
	}
	return entries
}

// judgeIn reads the state that the entries need and decides them in order, all
// in tx, which has locked the cursors of their shards.
func (en *Engine) judgeIn(ctx context.Context, tx *store.ApplyTx, j *judge, entries []entry) error {
	for i := range entries {
		j.want(&entries[i])
	}
	if err := tx.Load(ctx, &j.state); err != nil {
		return err
	}
	j.noteLate(entries)
	if err := tx.LoadLate(ctx, &j.state.Positions); err != nil {
		return err
	}
	if err := en.confirmMissing(ctx, tx, j); err != nil {
		return err
	}
	for i := range entries {
		j.decide(&entries[i])
	}
	return inferBases(ctx, tx, j.effects.recommendations)
}

// confirmMissing looks again for references that were not found, with their
// locks held: either the master record is there now, or its arrival will find
// the event waiting. The records that this transaction brings take their locks
// together with these, so that two batches cannot meet crosswise.
func (en *Engine) confirmMissing(ctx context.Context, tx *store.ApplyTx, j *judge) error {
	var missing []string
	for _, ref := range j.state.References.All() {
		if !*j.state.References.At(ref) {
			missing = append(missing, ref)
		}
	}
	concerned := append(j.newMasters(), missing...)
	if len(concerned) == 0 {
		return nil
	}
	if err := tx.LockReferences(ctx, concerned); err != nil {
		return err
	}
	en.cfg.step("references locked")
	if len(missing) == 0 {
		return nil
	}
	return tx.LookAgain(ctx, &j.state.References)
}

// inferBases completes recommendations that came without a basis by what the
// tower delivered to their engine, or else had applied, before they were computed.
func inferBases(ctx context.Context, tx *store.ApplyTx, rows []store.RecommendationRow) error {
	var without []*store.RecommendationRow
	var questions []store.BasisQuestion
	for i := range rows {
		r := &rows[i]
		if r.Kind != store.BasisMissing {
			continue
		}
		without = append(without, r)
		questions = append(questions, store.BasisQuestion{
			StockKey:     store.StockKey{Item: r.Data.Item, DC: r.Data.DC},
			Subscription: r.Event.Source, ComputedAt: r.Data.ComputedAt,
		})
	}
	if len(questions) == 0 {
		return nil
	}
	answers, err := tx.Bases(ctx, questions)
	if err != nil {
		return err
	}
	for i, a := range answers {
		without[i].ForecastRevision, without[i].StockVersion = a.ForecastRevision, a.StockVersion
		switch {
		case a.Captured:
			without[i].Kind = store.BasisCaptured
		case a.ForecastRevision != 0 || a.StockVersion != 0:
			without[i].Kind = store.BasisInferred
		}
	}
	return nil
}

// record turns the verdicts of entries into rows: unsettled and settled
// events, attempts and the books.
func record(e *store.Effects, entries []entry, started, ended time.Time, actor string) {
	e.Books = make(map[store.BookKey]store.Decided)
	for i := range entries {
		recordOne(e, &entries[i], started, ended, actor)
	}
}

func recordOne(e *store.Effects, en *entry, started, ended time.Time, actor string) {
	page := store.BookKey{Source: en.event.Source, Shard: en.event.Shard}
	v, books := en.verdict, e.Books[page]
	replay := en.previous != nil
	switch {
	case v.outcome == store.OutcomeApplied:
		books.Applied++
	case v.outcome == store.OutcomeSuperseded:
		books.Superseded++
	case v.outcome == store.OutcomeDiscarded:
		books.Discarded++
	case v.state == store.StateParked:
		books.Parked++
	}
	if books != e.Books[page] {
		e.Books[page] = books
	}
	if replay && en.previous.State == store.StateParked { // in the shard in which it was parked
		page.Shard = en.previous.Event.Shard
		books = e.Books[page]
		books.Parked--
		e.Books[page] = books
	}
	if v.outcome != "" {
		recordPassed(e, en, actor)
	} else {
		recordUnsettled(e, en)
	}
	if replay && v.state != store.StateHeld || v.state == store.StateParked || v.state == store.StateWaiting {
		e.Attempts = append(e.Attempts, attempt(en, started, ended))
	}
}

func recordPassed(e *store.Effects, en *entry, actor string) {
	replay := en.previous != nil
	if replay {
		e.Passed = append(e.Passed, en.event.Seq)
	}
	if replay || en.verdict.outcome != store.OutcomeApplied {
		e.Settled = append(e.Settled, store.Settled{
			Event: en.event, Outcome: en.verdict.outcome, Reason: en.verdict.reason, Actor: actor, WithPayload: replay, Original: en.original(),
		})
	}
}

func recordUnsettled(e *store.Effects, en *entry) {
	v := en.verdict
	e.Unsettled = append(e.Unsettled, store.Unsettled{
		Event: en.event, State: v.state, HoldsKey: en.holds(), Stage: stageOf(v.code), Code: v.code,
		Reason: v.reason, Fingerprint: fingerprint(en.event.Type, v), WaitsFor: v.waitsFor, Attempts: attempts(en), Edits: en.edits(),
	})
}

// edits counts those that a person made, this one included.
func (e *entry) edits() int {
	switch {
	case e.previous == nil:
		return 0
	case e.patch == "":
		return e.previous.Edits
	}
	return e.previous.Edits + 1
}

// original is the payload as it came when another takes effect.
func (e *entry) original() string {
	if e.edits() == 0 {
		return ""
	}
	return e.previous.Original
}

// attempts counts those that were made, this one included; to be held is none.
func attempts(en *entry) int {
	made := 0
	if en.previous != nil {
		made = en.previous.Attempts
	}
	if en.verdict.state == store.StateHeld {
		return made
	}
	return made + 1
}

func attempt(en *entry, started, ended time.Time) store.Attempt {
	a := store.Attempt{
		Seq: en.event.Seq, Number: attempts(en), Stage: stageOf(attemptCode(en)), Component: component, StartedAt: started, EndedAt: ended,
		Outcome: string(en.verdict.outcome), Error: en.verdict.reason,
	}
	switch en.verdict.state {
	case store.StateParked:
		a.Outcome, a.Class = string(store.StateParked), "permanent"
	case store.StateWaiting:
		a.Outcome, a.Class = string(store.StateWaiting), "waiting"
	}
	return a
}

// attemptCode is what an attempt failed by, or what it mended when it passed.
func attemptCode(en *entry) string {
	if en.verdict.code == "" && en.previous != nil {
		return en.previous.Code
	}
	return en.verdict.code
}

func stageOf(code string) models.Stage { return models.ExceptionCode(code).Stage() }

// contained turns a panic of the rules into an error of the data that caused it.
func contained(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work()
}

// blamesData says that another try of the same batch would fail again.
func blamesData(err error) bool {
	var refused *models.Error
	return store.IsDataFault(err) && !errors.Is(err, store.ErrFenced) && !errors.As(err, &refused)
}
