package apply

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// replay is one pass over unsettled events of a shard.
type replay struct {
	seqs     []int64
	actor    string // empty when nobody asked: a wake-up
	reason   string
	discard  bool
	withHeld bool                       // also what waits behind them
	patch    string                     // on the payloads of those asked for
	base     int                        // how many edits an event must have had; anyBase for any
	targets  []int16                    // further shards that the patch may move events to
	dry      bool                       // only to see what would come of it
	run      *bulkRun                   // that asked for it, nil when a person did
	blame    error                      // what the only event failed with
	holds    map[int64]models.EventHold // of the events asked for, by people
	results  []models.ReplayResult
}

// Retry takes unsettled events through the rules again, and what waits behind
// them, in order. A person's retry overrules that an id came with two
// contents. It answers for each sequence in the order given, CodeInvalid
// without an actor or a reason; each shard's part is one transaction with its
// audit rows.
func (en *Engine) Retry(ctx context.Context, seqs []int64, actor, reason string) ([]models.ReplayResult, error) {
	return en.act(ctx, seqs, replay{actor: actor, reason: reason, withHeld: true})
}

// Discard settles unsettled events without effect and releases what waits
// behind them. It answers as Retry does.
func (en *Engine) Discard(ctx context.Context, seqs []int64, actor, reason string) ([]models.ReplayResult, error) {
	return en.act(ctx, seqs, replay{actor: actor, reason: reason, discard: true, withHeld: true})
}

func (en *Engine) act(ctx context.Context, seqs []int64, r replay) ([]models.ReplayResult, error) {
	if strings.TrimSpace(r.reason) == "" || r.actor == "" {
		return nil, models.Errorf(models.CodeInvalid, "Say why: the reason is kept with the event.")
	}
	if len(seqs) == 0 {
		return nil, models.Errorf(models.CodeInvalid, "Name at least one event.")
	}
	shards, err := en.store.ShardOf(ctx, seqs)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]models.ReplayResult)
	for _, shard := range slices.Sorted(maps.Keys(shards)) {
		r.seqs = shards[shard]
		results, err := en.replayOrHalve(ctx, shard, r)
		if err != nil {
			return nil, err
		}
		for _, result := range results {
			found[result.Seq] = result
		}
	}
	out := make([]models.ReplayResult, len(seqs))
	for i, seq := range seqs {
		out[i] = models.ReplayResult{Seq: seq, State: "gone", Reason: "It was settled before."}
		if result, ok := found[seq]; ok {
			out[i] = result
		}
	}
	return out, nil
}

// wokenLimit bounds one look of the sweep: what it wakes of a shard is one
// transaction, whatever the lane.
const wokenLimit = 2000

// sweepOnce takes up what need wait no longer: its master record has come, or
// what held its key is gone. It makes good every wake-up that a crash swallowed.
func (en *Engine) sweepOnce(ctx context.Context) (more bool, err error) {
	limit := min(en.cfg.BatchLimit, wokenLimit)
	woken, err := en.store.Woken(ctx, en.cfg.Now(), limit)
	if err != nil {
		return false, err
	}
	total := 0
	for _, shard := range slices.Sorted(maps.Keys(woken)) {
		if en.cfg.Paused(en.shards.Lane(shard)) {
			continue
		}
		total += len(woken[shard])
		if _, err := en.replayOrHalve(ctx, shard, replay{seqs: woken[shard], withHeld: true}); err != nil {
			return false, err
		}
	}
	return total == limit, nil
}

// replayOrHalve finds the event whose data make a replay fail, as applyOrHalve
// does. What is held behind it goes its own way then: the sweeper takes it up.
func (en *Engine) replayOrHalve(ctx context.Context, shard int16, r replay) ([]models.ReplayResult, error) {
	results, err := en.replayShard(ctx, shard, r)
	switch {
	case !blamesData(err):
		return results, err
	case r.withHeld:
		r.withHeld = false
		return en.replayOrHalve(ctx, shard, r)
	case len(r.seqs) == 1 && r.blame != nil:
		return nil, err
	case len(r.seqs) == 1:
		r.blame = err
		return en.replayOrHalve(ctx, shard, r)
	}
	first, second := r, r
	half := len(r.seqs) / 2
	first.seqs, second.seqs = r.seqs[:half], r.seqs[half:]
	a, err := en.replayOrHalve(ctx, shard, first)
	if err != nil {
		return nil, err
	}
	b, err := en.replayOrHalve(ctx, shard, second)
	return append(a, b...), err
}

func (en *Engine) replayShard(ctx context.Context, shard int16, r replay) ([]models.ReplayResult, error) {
	var j judge
	var count int
	err := service.Within(ctx, "replay events", en.cfg.BatchTimeout, func(ctx context.Context) error {
		return contained(func() (err error) {
			count, err = en.transactReplay(ctx, shard, &r, &j)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	en.applied([]store.BatchChange{{Shard: shard, Events: count}}, j.masters)
	return r.results, nil
}

// transactReplay takes the shard's lock first, so that it and the shard's
// worker decide one after the other; it never moves the cursor.
func (en *Engine) transactReplay(ctx context.Context, shard int16, r *replay, j *judge) (count int, err error) {
	started := en.cfg.Now()
	tx, err := en.beginReplay(ctx, r)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	if err := tx.LockCursors(ctx, append([]int16{shard}, r.targets...)); err != nil {
		return 0, err
	}
	unsettled, err := tx.Replayable(ctx, shard, r.seqs)
	if err != nil || len(unsettled) == 0 && r.run == nil {
		return 0, err
	}
	if r.holds, err = tx.EventHolds(ctx, r.seqs, started); err != nil {
		return 0, err
	}
	entries, err := en.entries(r, shard, unsettled)
	if err != nil {
		return 0, err
	}
	if err := en.judgeIn(ctx, tx, j, entries); err != nil {
		return 0, err
	}
	moved := r.settle(unsettled, entries)
	if r.dry {
		return 0, nil
	}
	effects := j.effects.rows()
	at := en.cfg.Now()
	record(&effects, moved, started, at, r.actor)
	effects.Edits = r.edits(moved)
	if err := tx.Write(ctx, &effects, at); err != nil {
		return 0, err
	}
	if err := tx.Audit(ctx, r.audit(moved)...); err != nil {
		return 0, err
	}
	if r.run != nil {
		if err := r.writeOutcomes(ctx, tx); err != nil {
			return 0, err
		}
	}
	tookEffect := appliedEvents(moved)
	count = len(tookEffect)
	if err := tx.LogReplays(ctx, tookEffect, started, en.cfg.Now()); err != nil {
		return 0, err
	}
	en.cfg.step("replay logged")
	if err := tx.Commit(ctx); err != nil {
		return count, err
	}
	en.trace(moved, started)
	return count, nil
}

func (en *Engine) beginReplay(ctx context.Context, r *replay) (*store.ApplyTx, error) {
	if r.actor != "" {
		return en.store.BeginDurable(ctx)
	}
	return en.store.Begin(ctx)
}

// entries are the events that this replay may move, in order: those asked for
// and those held behind them. One that is held by an event before it or by a
// person stays.
func (en *Engine) entries(r *replay, shard int16, unsettled []store.Unsettled) ([]entry, error) {
	asked := make(map[int64]bool, len(r.seqs))
	for _, seq := range r.seqs {
		asked[seq] = true
	}
	entries := make([]entry, 0, len(unsettled))
	for i := range unsettled {
		u := &unsettled[i]
		e := entry{event: u.Event}
		_, held := r.holds[u.Event.Seq]
		switch {
		case held:
			e.stays = true
		case asked[u.Event.Seq] && r.discard:
			e.verdict = verdict{outcome: store.OutcomeDiscarded, reason: r.reason}
		case asked[u.Event.Seq] && r.patch != "":
			edited, err := en.edit(r, shard, u)
			if err != nil {
				return nil, err
			}
			e = edited
		case asked[u.Event.Seq] || r.withHeld && u.State == store.StateHeld:
			e = read(u.Event)
			e.overruled = u.Edits > 0 || r.actor != "" && asked[u.Event.Seq]
			if r.blame != nil {
				e.verdict = parked(codeMapping, "%s", plain(r.blame))
			}
		default:
			e.stays = true
		}
		e.previous = u
		entries = append(entries, e)
	}
	return entries, nil
}

// settle keeps the entries that moved and notes the results of those asked for.
func (r *replay) settle(unsettled []store.Unsettled, entries []entry) []entry {
	var moved []entry
	for i, e := range entries {
		if e.stays || e.patch == "" && e.verdict.state == store.StateHeld && unsettled[i].State == store.StateHeld {
			e.verdict = verdict{state: unsettled[i].State, reason: unsettled[i].Reason}
		} else {
			moved = append(moved, e)
		}
		if slices.Contains(r.seqs, e.event.Seq) {
			result := models.ReplayResult{Seq: e.event.Seq, State: e.verdict.word(), Reason: e.verdict.reason}
			if hold, held := r.holds[e.event.Seq]; held {
				result.State, result.Reason = models.HeldByPerson, "Held "+hold.Words()+"."
			} else if e.refusal != "" {
				result.State, result.Reason = "unchanged", e.refusal
			}
			r.results = append(r.results, result)
		}
	}
	return moved
}

func (r *replay) audit(moved []entry) []models.AuditEntry {
	if r.actor == "" {
		return nil
	}
	action := "event.retry"
	switch {
	case r.discard:
		action = "event.discard"
	case r.patch != "":
		action = "event.edit"
	}
	var rows []models.AuditEntry
	for i := range moved {
		e := &moved[i]
		if !slices.Contains(r.seqs, e.event.Seq) {
			continue
		}
		rows = append(rows, models.AuditEntry{
			Actor: r.actor, Action: action, Subject: "event:" + strconv.FormatInt(e.event.Seq, 10), Reason: r.reason,
			Before: audited(auditedReplay{State: string(e.previous.State), Edits: e.previous.Edits}),
			After:  audited(auditedReplay{State: e.verdict.word(), Edits: e.edits(), Patch: json.RawMessage(e.patch), Run: r.run.id()}),
		})
	}
	return rows
}

// auditedReplay is what an audit row tells of an event.
type auditedReplay struct {
	State string          `json:"state"`
	Edits int             `json:"edits,omitempty"`
	Patch json.RawMessage `json:"patch,omitempty"`
	Run   int64           `json:"run,omitempty"`
}

func audited(r auditedReplay) string {
	text, _ := json.Marshal(r) // the patch was decoded before
	return string(text)
}

func appliedEvents(entries []entry) []*models.Event {
	var events []*models.Event
	for i := range entries {
		if entries[i].verdict == applied {
			events = append(events, entries[i].event)
		}
	}
	return events
}
