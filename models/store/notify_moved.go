package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

const (
	// namedChains is how many chains one hint names before it says "all".
	namedChains = 200
	// readEvents is up to how many applied events are looked at for their items.
	readEvents = 2000
)

// HintMarks is how far the news has been told. Start from Hints.Now.
type HintMarks struct {
	tails    map[int16]int64 // newest change of each shard
	notes    int64
	decided  int64
	attempts int64
	routed   int64
	waiting  int64
	asked    int64
	said     int64     // by suppliers
	seen     time.Time // what they said
	answered time.Time
	latest   time.Time
}

type topicSet map[models.Topic]bool

func (s topicSet) add(topics ...models.Topic) {
	for _, t := range topics {
		s[t] = true
	}
}

// Now is the state from which Moved tells what came after.
func (h *Hints) Now(ctx context.Context) (HintMarks, error) {
	var m HintMarks
	err := h.db.Pool.QueryRow(ctx, `
		SELECT coalesce((SELECT max(id) FROM exception_notes), 0), coalesce((SELECT max(id) FROM decisions), 0),
			coalesce((SELECT max(id) FROM erp_write_attempts), 0), coalesce((SELECT max(id) FROM deliveries), 0), w.waiting, w.latest,
			coalesce((SELECT max(id) FROM proposal_questions), 0), coalesce((SELECT max(answered_at) FROM proposal_questions WHERE answered_at IS NOT NULL), 'epoch'),
			coalesce((SELECT max(seq) FROM supplier_exceptions), 0),
			coalesce((SELECT max(seen_at) FROM supplier_exceptions WHERE number = ''), 'epoch')
		FROM (SELECT count(*) AS waiting, coalesce(max(due_at), 'epoch') AS latest FROM proposals WHERE state = 'waiting') w`).
		Scan(&m.notes, &m.decided, &m.attempts, &m.routed, &m.waiting, &m.latest, &m.asked, &m.answered, &m.said, &m.seen)
	if err != nil {
		return m, fmt.Errorf("see what moved: %w", err)
	}
	m.tails, err = h.tails(ctx)
	return m, err
}

func (h *Hints) tails(ctx context.Context) (map[int16]int64, error) {
	rows, err := h.db.Pool.Query(ctx, `
		SELECT shard, coalesce((SELECT max(pos) FROM changes c WHERE c.shard = s.shard), 0) FROM shard_cursors s`)
	if err != nil {
		return nil, fmt.Errorf("read the tail of the change log: %w", err)
	}
	tails := map[int16]int64{}
	var shard int16
	var pos int64
	_, err = pgx.ForEachRow(rows, []any{&shard, &pos}, func() error {
		tails[shard] = pos
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tail of the change log: %w", err)
	}
	return tails, nil
}

// Moved is which topics changed since the marks, and the new marks. Its cost
// does not grow with the log.
func (h *Hints) Moved(ctx context.Context, since HintMarks) ([]models.Topic, HintMarks, error) {
	next, err := h.Now(ctx)
	if err != nil {
		return nil, since, err
	}
	topics := topicSet{}
	if !maps.Equal(next.tails, since.tails) {
		topics.add(models.TopicOverview, models.TopicBooks)
		err = h.touchedByEvents(ctx, since, next, topics)
	}
	if err == nil && next.notes > since.notes {
		topics.add(models.TopicOverview, models.TopicExceptions)
		err = h.touchedByNotes(ctx, since.notes, topics)
	}
	if err == nil && (next.decided > since.decided || next.attempts > since.attempts) {
		topics.add(models.TopicOverview, models.TopicApprovals)
		err = h.touchedByWorkflow(ctx, since, topics)
	}
	if err != nil {
		return nil, since, err
	}
	if next.waiting != since.waiting || !next.latest.Equal(since.latest) {
		topics.add(models.TopicOverview, models.TopicApprovals)
	}
	if next.asked > since.asked || next.answered.After(since.answered) || next.said > since.said || next.seen.After(since.seen) {
		topics.add(models.TopicApprovals)
	}
	if next.routed > since.routed {
		topics.add(models.TopicRoutes)
	}
	return slices.Sorted(maps.Keys(topics)), next, nil
}

// touchedByEvents adds the DCs and chains of what took effect. Under load the
// chains are not looked up one by one.
func (h *Hints) touchedByEvents(ctx context.Context, since, next HintMarks, topics topicSet) error {
	var shards []int16
	var from, to []int64
	for shard, pos := range next.tails {
		if pos > since.tails[shard] {
			shards, from, to = append(shards, shard), append(from, since.tails[shard]), append(to, pos)
		}
	}
	var events int64
	err := h.db.Pool.QueryRow(ctx, movedEvents, shards, from, to).Scan(&events)
	if err != nil {
		return fmt.Errorf("count what took effect: %w", err)
	}
	if events > readEvents {
		topics.add(models.TopicChains)
		return h.addKeys(ctx, topics, `SELECT DISTINCT '', dc FROM freshness WHERE applied_at > now() - interval '1 minute'`)
	}
	return h.addKeys(ctx, topics, touchedKeys, shards, from, to, namedChains+1)
}

// movedChanges are the changes between two positions of each shard. Postgres takes
// a range between two tables for a third of their rows and would read them whole:
// OFFSET 0 keeps it a look into the index for each shard, and each change.
const movedChanges = `
	FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS m(shard, after, upto)
	CROSS JOIN LATERAL (SELECT * FROM changes WHERE shard = m.shard AND pos > m.after AND pos <= m.upto OFFSET 0) c`

const movedEvents = `SELECT coalesce(sum(c.events), 0)` + movedChanges

// touchedKeys finds the item and DC of each event; those that speak of an order
// get them from its lines.
const touchedKeys = `
	WITH touched AS (
		SELECT e.item, e.dc, e.type, e.data` + movedChanges + `
		CROSS JOIN LATERAL (SELECT * FROM events e WHERE e.shard = c.shard AND e.seq BETWEEN c.from_seq AND c.to_seq
			AND e.received_at BETWEEN c.first_received AND c.last_received AND NOT e.seq = ANY (c.left_out) OFFSET 0) e)
	SELECT item, dc FROM touched WHERE item <> '' OR dc <> ''
	UNION
	SELECT l.item, o.dc FROM touched t
	JOIN orders o ON o.number = t.data::jsonb ->> 'order'
	JOIN order_lines l ON l.number = o.number
	WHERE t.item = '' AND split_part(t.type, '.', 2) IN ('purchase_order', 'transfer_order', 'confirmation', 'asn', 'receipt', 'supplier')
	LIMIT $4`

func (h *Hints) touchedByNotes(ctx context.Context, after int64, topics topicSet) error {
	rows, err := h.db.Pool.Query(ctx, `
		SELECT DISTINCT t.team FROM exception_notes n JOIN exceptions x ON x.id = n.exception_id
		CROSS JOIN LATERAL (VALUES (x.team), (x.also_team), (x.routed_team)) AS t (team)
		WHERE n.id > $1 AND t.team <> ''`, after)
	if err != nil {
		return fmt.Errorf("see whose exceptions changed: %w", err)
	}
	var team models.Team
	_, err = pgx.ForEachRow(rows, []any{&team}, func() error {
		topics.add(models.TopicTeam(team))
		return nil
	})
	if err != nil {
		return fmt.Errorf("see whose exceptions changed: %w", err)
	}
	return h.addKeys(ctx, topics, `
		SELECT DISTINCT x.item, x.dc FROM exception_notes n JOIN exceptions x ON x.id = n.exception_id
		WHERE n.id > $1 LIMIT $2`, after, namedChains+1)
}

func (h *Hints) touchedByWorkflow(ctx context.Context, since HintMarks, topics topicSet) error {
	return h.addKeys(ctx, topics, `
		SELECT r.item, r.dc FROM decisions d JOIN recommendations r USING (recommendation) WHERE d.id > $1
		UNION
		SELECT r.item, r.dc FROM erp_write_attempts a JOIN erp_writes w ON w.id = a.write_id
			JOIN recommendations r USING (recommendation) WHERE a.id > $2
		LIMIT $3`, since.decided, since.attempts, namedChains+1)
}

// addKeys adds the DC and chain topics of the rows (item, dc) of a query.
func (h *Hints) addKeys(ctx context.Context, topics topicSet, query string, args ...any) error {
	rows, err := h.db.Pool.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("see which chains changed: %w", err)
	}
	chains := 0
	var item, dc string
	_, err = pgx.ForEachRow(rows, []any{&item, &dc}, func() error {
		if dc != "" {
			topics.add(models.TopicDC(dc))
		}
		if item != "" && dc != "" && chains < namedChains {
			topics.add(models.TopicChain(item, dc))
			chains++
		} else if item != "" {
			topics.add(models.TopicChains)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("see which chains changed: %w", err)
	}
	return nil
}
