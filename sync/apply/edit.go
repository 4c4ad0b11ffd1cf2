package apply

import (
	"context"
	"errors"
	"slices"
	"strings"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
	"throughline/sync/patch"
)

// anyBase lets an edit follow whatever edits there are.
const anyBase = -1

// Edit replaces the payload of an unsettled event and takes it through the
// rules again, all in one transaction: the patch to the payload before it, what
// came of it and its audit row are stored together or not at all. CodeConflict
// when somebody settled or edited the event since the caller saw it.
func (en *Engine) Edit(ctx context.Context, edit models.EventEdit) (models.ReplayResult, error) {
	u, text, err := en.difference(ctx, edit)
	if err != nil {
		return models.ReplayResult{}, err
	}
	return en.replayEdit(ctx, u, replay{actor: edit.Actor, reason: strings.TrimSpace(edit.Reason), patch: text, base: edit.Base, withHeld: true})
}

// CheckEdit says what Edit would bring about now, and changes nothing.
func (en *Engine) CheckEdit(ctx context.Context, edit models.EventEdit) (models.EditCheck, error) {
	u, text, err := en.difference(ctx, edit)
	if err != nil {
		return models.EditCheck{}, err
	}
	check := models.EditCheck{Patch: text, Key: u.Event.Key}
	patched, err := patch.Apply(u.Event.Data, text)
	if err != nil {
		return check, err
	}
	fact, err := contract.Decode(u.Event.Type, patched)
	var fault *contract.Fault
	switch {
	case errors.As(err, &fault):
		check.Violations = en.cfg.Contracts.Explain(u.Event.Type, patched, fault)
	case err != nil:
		return check, err
	default:
		check.Key = fact.Key
	}
	check.Moved = check.Key != u.Event.Key
	check.Result, err = en.replayEdit(ctx, u, replay{
		actor: "check", reason: "check", patch: text, base: edit.Base, withHeld: true, dry: true,
	})
	check.MakesOrder = u.Event.Type == models.TypeRecommendation && check.Result.State == string(store.OutcomeApplied)
	return check, err
}

// difference is the patch from the payload as it stands to the edited one.
func (en *Engine) difference(ctx context.Context, edit models.EventEdit) (*store.Unsettled, string, error) {
	found, err := en.store.Unsettled(ctx, []int64{edit.Seq})
	if err != nil {
		return nil, "", err
	}
	if len(found) == 0 {
		return nil, "", errSettled()
	}
	if _, err := contract.Decode(found[0].Event.Type, edit.Data); err != nil {
		var fault *contract.Fault
		if errors.As(err, &fault) && fault.Syntax {
			return nil, "", models.Errorf(models.CodeInvalid, "The edited payload cannot be read: %s.", fault.Message)
		}
	}
	if found[0].Edits != edit.Base {
		return nil, "", errEdited()
	}
	text, err := patch.Make(found[0].Event.Data, edit.Data)
	switch {
	case err != nil:
		return nil, "", err
	case text == "":
		return nil, "", models.Errorf(models.CodeInvalid, "Nothing was changed: to try the payload as it is, retry the event.")
	}
	return &found[0], text, keepsOwnerWords(found[0].Event, edit.Data)
}

// keepsOwnerWords lets no screen say what only the owner may (invariant 4).
func keepsOwnerWords(e *models.Event, data string) error {
	return e.Type.KeepsOwnerWords(e.Source, e.Data, data)
}

func errSettled() error {
	return models.Errorf(models.CodeConflict, "The event was settled before.")
}

func errEdited() error {
	return models.Errorf(models.CodeConflict, "Somebody edited the event meanwhile: load the page again.")
}

func (en *Engine) replayEdit(ctx context.Context, u *store.Unsettled, r replay) (models.ReplayResult, error) {
	if r.reason == "" || r.actor == "" {
		return models.ReplayResult{}, models.Errorf(models.CodeInvalid, "Say why: the reason is kept with the event.")
	}
	r.seqs, r.targets = []int64{u.Event.Seq}, en.targets([]store.Unsettled{*u}, r.patch)
	results, err := en.replayOrHalve(ctx, u.Event.Shard, r)
	if err != nil {
		return models.ReplayResult{}, err
	}
	if len(results) == 0 {
		return models.ReplayResult{}, errSettled()
	}
	if results[0].State == models.HeldByPerson {
		return models.ReplayResult{}, models.Errorf(models.CodeConflict, "%s Release it first.", results[0].Reason)
	}
	return results[0], nil
}

// targets are the shards to which a patch would move events.
func (en *Engine) targets(events []store.Unsettled, text string) []int16 {
	var shards []int16
	for i := range events {
		if e, err := en.edited(&events[i], text); err == nil && !slices.Contains(shards, e.event.Shard) {
			shards = append(shards, e.event.Shard)
		}
	}
	return shards
}

// edited is an event with a patch on its payload: where it stands in the order
// follows from what it says.
func (en *Engine) edited(u *store.Unsettled, text string) (entry, error) {
	patched, err := patch.Apply(u.Event.Data, text)
	if err != nil {
		return entry{}, err
	}
	if err := keepsOwnerWords(u.Event, patched); err != nil {
		return entry{}, err
	}
	event := *u.Event
	event.Data = patched
	e := read(&event)
	if e.unreadable == nil {
		event.Key, event.Item, event.DC = e.fact.Key, e.fact.Item, e.fact.DC
		event.Shard = en.shards.Of(event.Type.Lane(), event.Key)
	}
	e.patch = text
	e.moved = event.Key != u.Event.Key || event.Shard != u.Event.Shard
	return e, nil
}

// edit is an event with the replay's patch. One that it does not fit stays as it is.
func (en *Engine) edit(r *replay, shard int16, u *store.Unsettled) (entry, error) {
	if r.base != anyBase && u.Edits != r.base {
		return entry{}, errEdited()
	}
	e, err := en.edited(u, r.patch)
	if err == nil && e.event.Shard != shard && !slices.Contains(r.targets, e.event.Shard) {
		return entry{}, errEdited()
	}
	if err != nil {
		var refused *models.Error
		if !errors.As(err, &refused) {
			return entry{}, err
		}
		return entry{event: u.Event, stays: true, refusal: refused.Message}, nil
	}
	e.overruled = true
	if r.blame != nil {
		e.verdict = parked(codeMapping, "%s", plain(r.blame))
	}
	return e, nil
}

// edits are those that a replay made, with what came of them.
func (r *replay) edits(moved []entry) []store.EventEdit {
	var rows []store.EventEdit
	for i := range moved {
		if e := &moved[i]; e.patch != "" {
			rows = append(rows, store.EventEdit{
				Seq: e.event.Seq, Number: e.edits(), Patch: e.patch, Reason: r.reason, Actor: r.actor, Outcome: e.verdict.word(),
				CameShard: e.previous.Event.Shard, CameKey: e.previous.Event.Key, Run: r.run.id(),
			})
		}
	}
	return rows
}
