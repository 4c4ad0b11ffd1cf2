package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// UnsettledState is where an event stands that did not pass.
type UnsettledState string

// Held waits behind an earlier event of its key, Waiting for a master record,
// Parked needs a person.
const (
	StateHeld    UnsettledState = "held"
	StateWaiting UnsettledState = "waiting"
	StateParked  UnsettledState = "parked"
)

// Unsettled is an event that did not pass, and why.
type Unsettled struct {
	Event       *models.Event
	State       UnsettledState
	HoldsKey    bool
	Stage       models.Stage
	Code        string // of the catalogue of exceptions
	Reason      string
	Fingerprint Hash // groups what has the same cause
	WaitsFor    string
	Attempts    int
	Edits       int    // how often a person edited it; Event.Data is the payload with the edits
	Original    string // the payload as it came
}

// Outcome is the last word on an event.
type Outcome string

// The outcomes.
const (
	OutcomeApplied    Outcome = "applied"
	OutcomeSuperseded Outcome = "superseded"
	OutcomeDiscarded  Outcome = "discarded"
)

// Settled is an event that did not simply apply with its batch. WithPayload
// keeps its payload readable when the log's partition is gone.
type Settled struct {
	Event       *models.Event
	Outcome     Outcome
	Reason      string
	Actor       string
	WithPayload bool
	Original    string // as it came, when it was edited
}

// Attempt is one attempt at an event that did not pass with its batch.
type Attempt struct {
	Seq                int64
	Number             int
	Stage              models.Stage
	Component          string
	StartedAt, EndedAt time.Time
	Outcome            string
	Class              string // transient, permanent, waiting, or empty when it passed
	Error              string
}

// Decided are counts of the books, as differences: a replay takes from Parked
// what it adds to another.
type Decided struct{ Applied, Superseded, Parked, Discarded int64 }

func writeOutcomes(b *pgx.Batch, e *Effects, at time.Time) {
	if len(e.Passed) > 0 {
		b.Queue(`DELETE FROM unsettled_events WHERE seq = ANY ($1)`, e.Passed)
	}
	writeUnsettled(b, e.Unsettled, at)
	writeSettled(b, e.Settled, at)
	writeAttempts(b, e.Attempts)
	writeEdits(b, e.Edits)
}

func writeUnsettled(b *pgx.Batch, rows []Unsettled, at time.Time) {
	type row = Unsettled
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, conflict,
			extensions, data, state, holds_key, stage, code, reason, fingerprint, waits_for, attempts, edits, edited, created_at, updated_at)
		SELECT u.*, $26, $26 FROM unnest($1::bigint[], $2::smallint[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
			$8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bool[], $14::text[], $15::text[], $16::text[], $17::bool[],
			$18::text[], $19::text[], $20::text[], $21::uuid[], $22::text[], $23::int[], $24::int[], $25::text[]) AS u
		ON CONFLICT (seq) DO UPDATE SET state = EXCLUDED.state, holds_key = EXCLUDED.holds_key, stage = EXCLUDED.stage, code = EXCLUDED.code,
			reason = EXCLUDED.reason, fingerprint = EXCLUDED.fingerprint, waits_for = EXCLUDED.waits_for, attempts = EXCLUDED.attempts,
			shard = EXCLUDED.shard, key = EXCLUDED.key, item = EXCLUDED.item, dc = EXCLUDED.dc, edits = EXCLUDED.edits, edited = EXCLUDED.edited,
			updated_at = EXCLUDED.updated_at`,
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) int16 { return r.Event.Shard }),
		column(rows, func(r *row) time.Time { return r.Event.ReceivedAt }),
		column(rows, func(r *row) time.Time { return r.Event.OccurredAt }),
		column(rows, func(r *row) string { return r.Event.Source }),
		column(rows, func(r *row) string { return r.Event.ID }),
		column(rows, func(r *row) string { return string(r.Event.Type) }),
		column(rows, func(r *row) string { return r.Event.Subject }),
		column(rows, func(r *row) string { return r.Event.Key }),
		column(rows, func(r *row) string { return r.Event.Item }),
		column(rows, func(r *row) string { return r.Event.DC }),
		column(rows, func(r *row) string { return r.Event.TraceID }),
		column(rows, func(r *row) bool { return r.Event.Conflict }),
		column(rows, func(r *row) *string { return optional(r.Event.Extensions) }),
		column(rows, func(r *row) string { return r.Event.Data }),
		column(rows, func(r *row) string { return string(r.State) }),
		column(rows, func(r *row) bool { return r.HoldsKey }),
		column(rows, func(r *row) string { return string(r.Stage) }),
		column(rows, func(r *row) string { return r.Code }),
		column(rows, func(r *row) string { return r.Reason }),
		column(rows, func(r *row) Hash { return r.Fingerprint }),
		column(rows, func(r *row) *string { return optional(r.WaitsFor) }),
		column(rows, func(r *row) int32 { return int32(r.Attempts) }),
		column(rows, func(r *row) int32 { return int32(r.Edits) }),
		column(rows, func(r *row) *string {
			if r.Edits == 0 {
				return nil
			}
			return &r.Event.Data
		}), at)
}

func writeSettled(b *pgx.Batch, rows []Settled, at time.Time) {
	type row = Settled
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO settled_events (seq, shard, source, outcome, reason, actor, settled_at)
		SELECT u.*, $7 FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[]) AS u`,
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) int16 { return r.Event.Shard }),
		column(rows, func(r *row) string { return r.Event.Source }),
		column(rows, func(r *row) string { return string(r.Outcome) }),
		column(rows, func(r *row) string { return r.Reason }),
		column(rows, func(r *row) string { return r.Actor }), at)
	writePayloads(b, slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !r.WithPayload }))
}

func writePayloads(b *pgx.Batch, rows []Settled) {
	type row = Settled
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO settled_payloads (seq, received_at, occurred_at, event_id, type, subject, key, item, dc, trace_id, conflict, extensions, data, original)
		SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
			$9::text[], $10::text[], $11::bool[], $12::text[], $13::text[], $14::text[])`,
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) time.Time { return r.Event.ReceivedAt }),
		column(rows, func(r *row) time.Time { return r.Event.OccurredAt }),
		column(rows, func(r *row) string { return r.Event.ID }),
		column(rows, func(r *row) string { return string(r.Event.Type) }),
		column(rows, func(r *row) string { return r.Event.Subject }),
		column(rows, func(r *row) string { return r.Event.Key }),
		column(rows, func(r *row) string { return r.Event.Item }),
		column(rows, func(r *row) string { return r.Event.DC }),
		column(rows, func(r *row) string { return r.Event.TraceID }),
		column(rows, func(r *row) bool { return r.Event.Conflict }),
		column(rows, func(r *row) *string { return optional(r.Event.Extensions) }),
		column(rows, func(r *row) string { return r.Event.Data }),
		column(rows, func(r *row) *string { return optional(r.Original) }))
}

func writeAttempts(b *pgx.Batch, rows []Attempt) {
	type row = Attempt
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO event_attempts (seq, attempt, stage, component, started_at, ended_at, outcome, class, error)
		SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::text[])`,
		column(rows, func(r *row) int64 { return r.Seq }),
		column(rows, func(r *row) int32 { return int32(r.Number) }),
		column(rows, func(r *row) string { return string(r.Stage) }),
		column(rows, func(r *row) string { return r.Component }),
		column(rows, func(r *row) time.Time { return r.StartedAt }),
		column(rows, func(r *row) time.Time { return r.EndedAt }),
		column(rows, func(r *row) string { return r.Outcome }),
		column(rows, func(r *row) string { return r.Class }),
		column(rows, func(r *row) string { return r.Error }))
}

// BookKey is a page of the books: what a shard's owner decides of a source's events.
type BookKey struct {
	Source string
	Shard  int16
}

// writeBooks adds to the shards' own counters, in the order of their keys. A
// difference may be negative, which an upsert's candidate row could not be, so
// the rows are made first.
func writeBooks(b *pgx.Batch, books map[BookKey]Decided) {
	if len(books) == 0 {
		return
	}
	keys := slices.SortedFunc(maps.Keys(books), func(x, y BookKey) int {
		return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.Shard, y.Shard))
	})
	count := func(of func(Decided) int64) []int64 {
		return column(keys, func(k *BookKey) int64 { return of(books[*k]) })
	}
	columns := []any{
		column(keys, func(k *BookKey) string { return k.Source }), column(keys, func(k *BookKey) int16 { return k.Shard }),
		count(func(d Decided) int64 { return d.Applied }), count(func(d Decided) int64 { return d.Superseded }),
		count(func(d Decided) int64 { return d.Parked }), count(func(d Decided) int64 { return d.Discarded }),
	}
	const input = `unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
		AS u (source, shard, applied, superseded, parked, discarded)`
	negative := func(d Decided) bool { return min(d.Applied, d.Superseded, d.Parked, d.Discarded) < 0 }
	if !slices.ContainsFunc(keys, func(k BookKey) bool { return negative(books[k]) }) {
		b.Queue(`
			INSERT INTO books_decided AS b (source, shard, applied, superseded, parked, discarded) SELECT * FROM `+input+`
			ON CONFLICT (source, shard) DO UPDATE SET applied = b.applied + EXCLUDED.applied, superseded = b.superseded + EXCLUDED.superseded,
				parked = b.parked + EXCLUDED.parked, discarded = b.discarded + EXCLUDED.discarded`, columns...)
		return
	}
	b.Queue(`INSERT INTO books_decided (source, shard) SELECT * FROM unnest($1::text[], $2::smallint[]) ON CONFLICT DO NOTHING`, columns[:2]...)
	b.Queue(`
		UPDATE books_decided b SET applied = b.applied + u.applied, superseded = b.superseded + u.superseded,
			parked = b.parked + u.parked, discarded = b.discarded + u.discarded
		FROM `+input+` WHERE b.source = u.source AND b.shard = u.shard`, columns...)
}

// BatchChange is what a batch did to one shard: a row of the change log.
type BatchChange struct {
	Shard                       int16
	From, To                    int64
	LeftOut                     []int64
	Events                      int
	FirstReceived, LastReceived time.Time
	Marks                       []byte // of the whole batch, in the row of one shard
}

// BatchTimes are those of a batch, which its shards share.
type BatchTimes struct {
	StartedAt                   time.Time
	Transform, Reference, Apply time.Duration
	AppliedAt                   time.Time
}

// LogAndCommit appends a batch to the change log, as the last statement of its
// transaction, and makes it visible.
func (t *ApplyTx) LogAndCommit(ctx context.Context, shards []BatchChange, times BatchTimes) error {
	b := &pgx.Batch{}
	b.Queue(`
		INSERT INTO changes (shard, kind, from_seq, to_seq, left_out, events, first_received, last_received, marks, started_at,
			transform_us, reference_us, apply_us, applied_at)
		SELECT shard, 'batch', from_seq, to_seq, left_out::bigint[], events, first_received, last_received, marks, $9, $10, $11, $12, $13
		FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::int[], $6::timestamptz[], $7::timestamptz[], $8::bytea[])
			AS u (shard, from_seq, to_seq, left_out, events, first_received, last_received, marks) ORDER BY shard`,
		column(shards, func(c *BatchChange) int16 { return c.Shard }),
		column(shards, func(c *BatchChange) int64 { return c.From }), column(shards, func(c *BatchChange) int64 { return c.To }),
		column(shards, func(c *BatchChange) string { return integerArray(c.LeftOut) }),
		column(shards, func(c *BatchChange) int32 { return int32(c.Events) }),
		column(shards, func(c *BatchChange) time.Time { return c.FirstReceived }),
		column(shards, func(c *BatchChange) time.Time { return c.LastReceived }),
		column(shards, func(c *BatchChange) []byte { return append([]byte{}, c.Marks...) }),
		times.StartedAt, times.Transform.Microseconds(), times.Reference.Microseconds(), times.Apply.Microseconds(), times.AppliedAt)
	return t.commit(ctx, b)
}

// LogReplays appends a row of its own for each event that took effect after its batch, in order.
func (t *ApplyTx) LogReplays(ctx context.Context, events []*models.Event, started, at time.Time) error {
	if len(events) == 0 {
		return nil
	}
	slices.SortFunc(events, func(x, y *models.Event) int { return cmp.Compare(x.Seq, y.Seq) })
	_, err := t.conn.Exec(ctx, `
		INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at,
			transform_us, reference_us, apply_us, applied_at)
		SELECT shard, 'replay', seq, seq, 1, received_at, received_at, $4, 0, 0, $6, $5
		FROM unnest($1::smallint[], $2::bigint[], $3::timestamptz[]) WITH ORDINALITY AS u (shard, seq, received_at, n) ORDER BY n`,
		column(events, func(e **models.Event) int16 { return (*e).Shard }),
		column(events, func(e **models.Event) int64 { return (*e).Seq }),
		column(events, func(e **models.Event) time.Time { return (*e).ReceivedAt }),
		started, at, at.Sub(started).Microseconds())
	if err != nil {
		return fmt.Errorf("log the replays: %w", err)
	}
	return nil
}
