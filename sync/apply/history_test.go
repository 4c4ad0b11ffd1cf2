package apply_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
	"throughline/sync/eventlog"
)

// sequencesPerHistory items live through one history together: with rapid's 100
// checks 10,000 of them, with -rapid.checks more.
const sequencesPerHistory = 100

// history drives one random life of a tower: what is sent, how often, in which
// order, what dies meanwhile, and what people do. Its model is small: what was
// sent is in the log once; what stands at the end does not depend on the way.
type history struct {
	*world
	rt        *rapid.T
	order     *rand.Rand
	items     string // LIKE pattern of its items
	sequences []sequence
	toSend    []store.Entry // not acknowledged yet
	sent      []store.Entry
	conflicts map[string]*conflict // by event id
	held      map[int64]bool       // by people, of what is parked
	appender  *eventlog.Appender
	consumer  *consumer
	door      *door
	before    models.BookCounts
	received  int64 // by the model: distinct contents accepted
	duplicate int64
	discarded int64
}

// conflict is a second content under a known id: a movement that takes effect
// only if a person says so.
type conflict struct {
	sequence       *sequence
	version, delta int64
}

func newHistory(w *world, rt *rapid.T, consumer *consumer, round int) *history {
	h := &history{
		world: w, rt: rt, items: fmt.Sprintf("P%d-%%", round), conflicts: map[string]*conflict{}, held: map[int64]bool{}, consumer: consumer, door: newDoor(w),
		sequences: make([]sequence, sequencesPerHistory), before: w.balanced().Total,
	}
	for i := range h.sequences {
		h.sequences[i] = drawSequence(rt, fmt.Sprintf("P%d-%d", round, i))
		for n, fact := range h.sequences[i].facts() {
			for again := range 2 { // the second id is that of a source which has lost its outbox
				id := fmt.Sprintf("%s/%d/%d", h.sequences[i].item, n, again)
				h.toSend = append(h.toSend, eventlog.NewEntry(event(w.t, "erp", id, typeOf(fact), fact), shards))
			}
		}
	}
	h.order = rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 0))
	h.shuffle(h.toSend)
	w.knownItems(h.sequences)
	h.startAppender()
	return h
}

func (h *history) shuffle(entries []store.Entry) {
	h.order.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
}

func (h *history) startAppender() {
	appender, err := eventlog.New(eventlog.Config{Log: store.NewLog(h.db), Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		err = appender.Start(context.WithoutCancel(h.t.Context()))
	}
	if err != nil {
		h.rt.Fatal(err)
	}
	h.appender = appender
}

func (h *history) stop() {
	if err := h.appender.Stop(context.WithoutCancel(h.t.Context())); err != nil {
		h.rt.Fatal(err)
	}
}

// send hands a part of what is left to the appender. What the door asks the source
// to keep is left for later, and an answer that is lost on its way leaves the sender
// with everything to be sent again.
func (h *history) send(rt *rapid.T) {
	n := min(rapid.IntRange(1, 200).Draw(rt, "events"), len(h.toSend))
	batch, kept := h.door.taken(h.toSend[:n])
	h.append(batch)
	h.sent = append(h.sent, batch...)
	if rapid.IntRange(0, 3).Draw(rt, "answer lost") > 0 {
		h.toSend = append(kept, h.toSend[n:]...)
	}
}

// sendAgain repeats what was acknowledged.
func (h *history) sendAgain(rt *rapid.T) {
	if len(h.sent) == 0 {
		rt.Skip("nothing was sent")
	}
	from := rapid.IntRange(0, len(h.sent)-1).Draw(rt, "from")
	batch, _ := h.door.taken(h.sent[from:min(from+rapid.IntRange(1, 50).Draw(rt, "events"), len(h.sent))])
	h.append(batch)
}

// append counts as the model does: an entry is new or it is a duplicate.
func (h *history) append(batch []store.Entry) []eventlog.Outcome {
	if len(batch) == 0 {
		return nil
	}
	outcomes, err := h.appender.Append(h.t.Context(), batch)
	if err != nil {
		h.rt.Fatal(err)
	}
	for _, o := range outcomes {
		switch o.Status {
		case models.IntakeAccepted, models.IntakeConflict:
			h.received++
		default:
			h.duplicate++
		}
	}
	return outcomes
}

// contradict sends another content under an id that is known.
func (h *history) contradict(rt *rapid.T) {
	s := &h.sequences[rapid.IntRange(0, len(h.sequences)-1).Draw(rt, "sequence")]
	id := s.item + "/contradicted"
	if h.conflicts[id] != nil {
		rt.Skip("it was contradicted before")
	}
	moved := func(version, delta int64) any {
		onHand, allocated := stockOf(delta)
		return movement(s.item, "D0", version, onHand, allocated)
	}
	first, second := moved(30, 1), moved(31, 7)
	h.conflicts[id] = &conflict{sequence: s, version: 31, delta: 7}
	s.movements[30] = 1
	for i, fact := range []any{first, second} {
		e := eventlog.NewEntry(event(h.t, "erp", id, typeOf(fact), fact), shards)
		want := []models.IntakeStatus{models.IntakeAccepted, models.IntakeConflict}[i]
		if got := h.append([]store.Entry{e})[0].Status; got != want {
			rt.Fatalf("content %d of %s is %s, want %s", i+1, id, got, want)
		}
	}
}

// decide lets a person retry, edit, discard or hold what a contradiction parked.
func (h *history) decide(rt *rapid.T) {
	parked := h.parked()
	if len(parked) == 0 {
		rt.Skip("nothing is parked")
	}
	one := parked[rapid.IntRange(0, len(parked)-1).Draw(rt, "parked")]
	if h.held[one.seq] {
		h.touchHeld(one)
		return
	}
	switch rapid.SampledFrom([]string{"retry", "edit", "discard", "hold"}).Draw(rt, "act") {
	case "retry":
		h.retry(one)
	case "edit":
		h.edit(one)
	case "discard":
		h.discard(one)
	case "hold":
		if err := h.hold(one.seq, time.Now(), time.Hour); err != nil {
			rt.Fatal(err)
		}
		h.held[one.seq] = true
	}
}

type parkedEvent struct {
	seq int64
	id  string
}

// parked are the contradictions that wait for a person, in the order of the log.
func (h *history) parked() (events []parkedEvent) {
	rows, err := h.db.Pool.Query(h.t.Context(), `SELECT seq, event_id FROM unsettled_events WHERE state = 'parked' AND item LIKE $1 ORDER BY seq`, h.items)
	if err != nil {
		h.rt.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var e parkedEvent
		if err := rows.Scan(&e.seq, &e.id); err != nil {
			h.rt.Fatal(err)
		}
		if h.conflicts[e.id] == nil {
			h.rt.Fatalf("event %d (%s) is parked without a contradiction", e.seq, e.id)
		}
		events = append(events, e)
	}
	return events
}

func (h *history) retry(e parkedEvent) {
	results, err := h.engine.Retry(h.t.Context(), []int64{e.seq}, "ida", "It is right.")
	if err != nil {
		h.rt.Fatal(err)
	}
	h.decided(e, results)
}

// decided counts a contradiction that a person let through.
func (h *history) decided(e parkedEvent, results []models.ReplayResult) {
	if state := h.state(e.seq); state == "applied" || state == "superseded" {
		h.conflicts[e.id].sequence.movements[h.conflicts[e.id].version] = h.conflicts[e.id].delta
	} else if state != "waiting TRF-03" && state != "waiting TRF-04" {
		h.rt.Fatalf("a contradiction that was let through is %s: %+v", state, results)
	}
}

// edit tries to say what only the owner may, and then mends a time.
func (h *history) edit(e parkedEvent) {
	c := h.conflicts[e.id]
	as := func(delta int64, edits int) models.EventEdit {
		onHand, allocated := stockOf(delta)
		fact := movement(c.sequence.item, "D0", c.version, onHand, allocated)
		fact.Time = fact.Time.Add(time.Duration(edits+1) * time.Minute)
		return edit(e.seq, edits, event(h.t, "erp", e.id, typeOf(fact), fact).Data)
	}
	edits := h.count(`SELECT count(*) FROM event_edits WHERE seq = $1`, e.seq)
	if _, err := h.engine.Edit(h.t.Context(), as(c.delta+1, edits)); models.CodeOf(err) != models.CodeInvalid {
		h.rt.Fatalf("an edit of the owner's figure is answered %v", err)
	}
	result, err := h.engine.Edit(h.t.Context(), as(c.delta, edits))
	if err != nil {
		h.rt.Fatal(err)
	}
	h.decided(e, []models.ReplayResult{result})
}

// touchHeld finds that nobody gets at what is held, and releases it.
func (h *history) touchHeld(e parkedEvent) {
	retried, err := h.engine.Retry(h.t.Context(), []int64{e.seq}, "ivo", "It is right.")
	if err != nil || retried[0].State != models.HeldByPerson {
		h.rt.Fatalf("a retry of what is held: %+v, %v", retried, err)
	}
	discarded, err := h.engine.Discard(h.t.Context(), []int64{e.seq}, "ivo", "It is wrong.")
	if err != nil || discarded[0].State != models.HeldByPerson {
		h.rt.Fatalf("a discard of what is held: %+v, %v", discarded, err)
	}
	h.release(e.seq)
}

func (h *history) release(seq int64) {
	if err := store.NewEventHolds(h.db).Release(h.t.Context(), seq, "ida", "It was counted.", time.Now()); err != nil {
		h.rt.Fatal(err)
	}
	delete(h.held, seq)
}

func (h *history) discard(e parkedEvent) {
	if _, err := h.engine.Discard(h.t.Context(), []int64{e.seq}, "ida", "It is wrong."); err != nil {
		h.rt.Fatal(err)
	}
	if state := h.state(e.seq); state != "discarded" {
		h.rt.Fatalf("a discarded contradiction is %s", state)
	}
	h.discarded++
}

// steps are those of a batch at which its process may die.
var steps = []string{"read", "cursor moved", "references locked", "judged", "written", "committed"}

// crash lets the engine die at a step: what it had not committed is gone, and
// its successor knows nothing but the database.
func (h *history) crash(rt *rapid.T) {
	at, after := rapid.SampledFrom(steps).Draw(rt, "step"), rapid.IntRange(0, 3).Draw(rt, "after")
	ctx, die := context.WithCancel(context.WithoutCancel(h.t.Context()))
	defer die()
	dying := newEngine(h.t, h.db, func(c *apply.Config) { c.BatchLimit = 20 }, apply.OnStep(func(step string) {
		if step != at {
			return
		}
		if after--; after < 0 {
			die()
		}
	}))
	_ = apply.Drain(ctx, dying) // it may have had too little to do to get there
	h.engine = newEngine(h.t, h.db, func(c *apply.Config) { c.BatchLimit = rapid.SampledFrom([]int{3, 50, 2000}).Draw(rt, "batch") })
}

// race has the engine of another process at the same shards beside this one's.
func (h *history) race(rt *rapid.T) {
	other := newEngine(h.t, h.db, func(c *apply.Config) { c.BatchLimit = rapid.SampledFrom([]int{3, 50}).Draw(rt, "batch") })
	var both errgroup.Group
	for _, engine := range []*apply.Engine{h.engine, other} {
		both.Go(func() error { return apply.Drain(context.WithoutCancel(h.t.Context()), engine) })
	}
	if err := both.Wait(); err != nil {
		rt.Fatal(err)
	}
}

// finish sends what is left, and everything until each event has come five times at
// least, in any order; then it settles, as a patient operator would.
func (h *history) finish() {
	h.door.resumeAll(h.rt)
	all := slices.Concat(h.sent, h.toSend)
	h.append(h.toSend)
	for range 4 {
		h.shuffle(all)
		h.append(all)
	}
	h.consumer.resume(h.t)
	for seq := range h.held {
		h.release(seq)
	}
	for {
		h.run()
		parked := h.parked()
		if len(parked) == 0 {
			break
		}
		for _, e := range parked {
			h.discard(e)
		}
	}
	h.consumer.deliver(h.t)
}

func (h *history) check() {
	got := h.outcomes(h.items)
	for i := range h.sequences {
		want, have := h.sequences[i].outcome(), got[h.sequences[i].item]
		if have != want {
			h.rt.Fatalf("%+v gave %+v, want %+v", h.sequences[i], have, want)
		}
	}
	books := h.recounted(h.rt).Total
	received, duplicate, discarded := books.Received-h.before.Received, books.Duplicate-h.before.Duplicate, books.Discarded-h.before.Discarded
	if received != h.received || duplicate != h.duplicate || discarded != h.discarded {
		h.rt.Fatalf("the books have %d received, %d duplicates and %d discarded, want %d, %d and %d",
			received, duplicate, discarded, h.received, h.duplicate, h.discarded)
	}
	if books.Parked+books.Pending != 0 {
		h.rt.Fatalf("nothing should be left over: %+v", books)
	}
	if n := h.count(`SELECT count(*) FROM positions p WHERE item LIKE $1 AND NOT EXISTS (
		SELECT FROM stock_movements m WHERE m.item = p.item AND m.dc = p.dc
		HAVING (sum(on_hand_delta), sum(allocated_delta)) = (p.on_hand, p.allocated))`, h.items); n != 0 {
		h.rt.Fatalf("the ledger does not lead to %d of the positions", n)
	}
	h.consumer.check(h)
}

// TestAnyHistoryComesToWhatTheModelSays holds invariants 1 to 5 in their sum:
// state, ledger, deliveries and books are what was sent says, whatever was
// repeated, reordered, contradicted, killed, paused at the door or on its route, and
// delivered again.
func TestAnyHistoryComesToWhatTheModelSays(t *testing.T) {
	w := newWorld(t)
	w.masters(0, 1)
	consumer := newConsumer(t, w.db)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		h := newHistory(w, rt, consumer, round)
		defer h.stop()
		rt.Repeat(map[string]func(*rapid.T){
			"send":       h.send,
			"send again": h.sendAgain,
			"contradict": h.contradict,
			"apply":      func(*rapid.T) { h.run() },
			"crash":      h.crash,
			"race":       h.race,
			"decide":     h.decide,
			"deliver":    consumer.deliverThrough,
			"pause":      consumer.pause,
			"keep":       h.door.keep,
			"resume":     h.door.resume,
			"rewind":     consumer.rewind,
			"":           func(*rapid.T) { h.balanced() },
		})
		h.finish()
		h.check()
	})
}
