package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// CatchUps keeps what sources are asked for while something of them is missing. An
// asking is claimed before the call, so that of several processes one makes it. It
// is safe for concurrent use.
type CatchUps struct{ db *DB }

// NewCatchUps works on db.
func NewCatchUps(db *DB) *CatchUps { return &CatchUps{db: db} }

// Waits says when a gap is asked for, in real time.
type Waits struct {
	After   time.Duration // it is known, for the first time
	Between time.Duration // the first and the second time; doubles with each
	Longest time.Duration // of these waits
}

// MissingRange is a gap whose exception stands.
type MissingRange struct {
	models.SequenceGap
	Exception int64
	AskedTo   int64 // the last number that it was asked for; 0 for none
}

// ClaimGap takes the oldest gap of some sources that is to be asked for now, and
// notes that it is; false when there is none. What a person has resolved is let be.
func (c *CatchUps) ClaimGap(ctx context.Context, sources []string, now time.Time, w Waits) (g MissingRange, found bool, err error) {
	err = c.db.Pool.QueryRow(ctx, `
		WITH due AS (
			SELECT x.id, g.source, g.series, g.first, g.last, coalesce(c.asked_to, 0) AS asked_to FROM exceptions x
			JOIN sequence_gaps g ON x.dedupe_key = x.code || '|' || g.source || '|' || g.series || '|' || g.last
			LEFT JOIN catch_ups c ON c.exception_id = x.id
			WHERE x.code = $6 AND x.standing AND x.state <> 'resolved' AND g.source = ANY($1)
				AND x.opened_at <= $2::timestamptz - $3::interval AND coalesce(c.due_at <= $2, true)
			ORDER BY x.opened_at, x.id LIMIT 1
		), claimed AS (
			INSERT INTO catch_ups AS c (exception_id, times, asked_at, due_at)
			SELECT id, 1, $2, $2::timestamptz + $4::interval FROM due
			ON CONFLICT (exception_id) DO UPDATE SET times = c.times + 1, asked_at = $2, answer = '', ended_at = NULL,
				due_at = $2::timestamptz + least($4::interval * power(2, least(c.times, 20)), $5::interval)
			WHERE c.due_at <= $2
			RETURNING exception_id
		)
		SELECT d.id, d.source, d.series, d.first, d.last, d.asked_to FROM due d JOIN claimed c ON c.exception_id = d.id`,
		sources, now, w.After, w.Between, w.Longest, models.ExceptionSequenceGap).
		Scan(&g.Exception, &g.Source, &g.Series, &g.First, &g.Last, &g.AskedTo)
	if errors.Is(err, pgx.ErrNoRows) {
		return g, false, nil
	}
	if err != nil {
		return g, false, fmt.Errorf("look for a gap to ask for: %w", err)
	}
	return g, true, nil
}

// Silence is a source, or a DC of it, of whose stock nothing is heard.
type Silence struct {
	Exception int64
	Source    string
	DC        string    // empty for all
	Watermark time.Time // the source's own time up to which its changes are known
	Read      bool      // it has answered since it is silent
}

// ClaimSilence takes the silence of some sources that is to be polled now and keeps
// others from it for a lease of real time; false when there is none. The first
// watermark is the time of the newest balance that is known of the DC that was heard
// of the longest ago; what others own, or is dated ahead, says nothing of it.
func (c *CatchUps) ClaimSilence(ctx context.Context, sources []string, now time.Time, lease time.Duration) (s Silence, found bool, err error) {
	err = c.db.Pool.QueryRow(ctx, `
		WITH due AS (
			SELECT x.id, x.source, x.dc, c.watermark FROM exceptions x LEFT JOIN catch_ups c ON c.exception_id = x.id
			WHERE x.code = $4 AND x.standing AND x.source = ANY($1) AND `+ofStock+`
				AND coalesce(c.due_at <= $2, true)
			ORDER BY c.due_at NULLS FIRST, x.id LIMIT 1
		), claimed AS (
			INSERT INTO catch_ups AS c (exception_id, times, asked_at, due_at, watermark)
			SELECT id, 1, $2, $2::timestamptz + $3::interval, coalesce(d.watermark, (`+newestHeard+`), $2) FROM due d
			ON CONFLICT (exception_id) DO UPDATE SET times = CASE WHEN c.ended_at IS NULL THEN c.times + 1 ELSE 1 END,
				read_since = CASE WHEN c.ended_at IS NULL THEN c.read_since END, came = CASE WHEN c.ended_at IS NULL THEN c.came ELSE 0 END,
				answer = CASE WHEN c.ended_at IS NULL THEN c.answer ELSE '' END,
				asked_at = $2, due_at = excluded.due_at, ended_at = NULL, watermark = coalesce(c.watermark, excluded.watermark)
			WHERE c.due_at <= $2
			RETURNING exception_id, watermark, read_since
		)
		SELECT d.id, d.source, d.dc, c.watermark, c.read_since IS NOT NULL FROM due d JOIN claimed c ON c.exception_id = d.id`,
		sources, now, lease, models.ExceptionSourceSilent).
		Scan(&s.Exception, &s.Source, &s.DC, &s.Watermark, &s.Read)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("look for a silence to poll: %w", err)
	}
	return s, true, nil
}

// ofStock says of an exception x that it is of all that a source sends, or of its stock at a DC.
const ofStock = `x.dedupe_key IN (x.code || '|' || x.source, x.code || '|' || x.source || '|' || x.dc)`

// notSilent says of an exception x that its source is not silent, as a whole or at its
// DC: what did not come of one that is may be waiting there.
const notSilent = `NOT EXISTS (SELECT FROM exceptions s WHERE s.code = '` + string(models.ExceptionSourceSilent) + `' AND s.standing AND s.source = x.source AND s.dc IN ('', x.dc))`

// newestHeard is, of the stock that the source of d owns, the newest time of each DC,
// and the oldest of these.
const newestHeard = `SELECT min(newest) FROM (
	SELECT max(p.as_of) AS newest FROM positions p
	LEFT JOIN owners r ON r.entity = 'inventory' AND r.record = 'inventory:' || p.item || '|' || p.dc
	LEFT JOIN owners o ON o.entity = 'inventory' AND o.record = ''
	WHERE d.dc IN ('', p.dc) AND p.as_of <= $2 AND coalesce(r.source, o.source, d.source) = d.source
	GROUP BY p.dc) heard`

// Polled keeps what a poll brought, up to which time of the source, why it failed in
// words, else empty, when that was and when the next is due. With it goes a note into
// the history of the exception, where there is one: either both are kept or neither.
func (c *CatchUps) Polled(ctx context.Context, s Silence, came int64, upto time.Time, failed, note string, now, due time.Time) error {
	_, err := c.db.Pool.Exec(ctx, `
		WITH polled AS (
			UPDATE catch_ups SET came = came + $2, watermark = greatest(watermark, $3), answer = $4, due_at = $5,
				read_since = coalesce(read_since, CASE WHEN $4 = '' THEN $6::timestamptz END) WHERE exception_id = $1
			RETURNING exception_id
		)
		INSERT INTO exception_notes (exception_id, at, actor, action, note)
		SELECT exception_id, $6, $7, 'polled', $8 FROM polled WHERE $8 <> ''`,
		s.Exception, came, upto, failed, due, now, actorTower, note)
	if err != nil {
		return fmt.Errorf("keep what a poll brought: %w", err)
	}
	return nil
}

// Held keeps why a source that is silent is not polled now, whether it ever was or not.
// It is due as soon as that is over.
func (c *CatchUps) Held(ctx context.Context, source, why string, now time.Time) error {
	_, err := c.db.Pool.Exec(ctx, `
		INSERT INTO catch_ups AS c (exception_id, times, asked_at, due_at, answer)
		SELECT x.id, 0, $4, $4, $2 FROM exceptions x WHERE x.code = $3 AND x.standing AND x.source = $1 AND `+ofStock+` ORDER BY x.id
		ON CONFLICT (exception_id) DO UPDATE SET answer = excluded.answer, ended_at = NULL,
			times = CASE WHEN c.ended_at IS NULL THEN c.times ELSE 0 END, came = CASE WHEN c.ended_at IS NULL THEN c.came ELSE 0 END,
			read_since = CASE WHEN c.ended_at IS NULL THEN c.read_since END
		WHERE c.ended_at IS NOT NULL OR c.answer <> excluded.answer`,
		source, why, models.ExceptionSourceSilent, now)
	if err != nil {
		return fmt.Errorf("keep why a source is not polled: %w", err)
	}
	return nil
}

// Answered keeps what came of an asking, up to which number the source was asked, and
// writes it into the history of the exception with what was asked.
func (c *CatchUps) Answered(ctx context.Context, gap MissingRange, asked, answer string, now time.Time) error {
	_, err := c.db.Pool.Exec(ctx, `
		WITH answered AS (UPDATE catch_ups SET answer = $3, asked_to = $6 WHERE exception_id = $1 RETURNING exception_id)
		INSERT INTO exception_notes (exception_id, at, actor, action, note) SELECT exception_id, $4, $5, 'asked', $2 || ' ' || $3 FROM answered`,
		gap.Exception, asked, answer, now, actorTower, gap.AskedTo)
	if err != nil {
		return fmt.Errorf("keep what a source answered: %w", err)
	}
	return nil
}

// Settle ends what is over since its exception no longer stands, and writes into the
// history of one that was polled what came by that.
func (c *CatchUps) Settle(ctx context.Context, now time.Time) error {
	_, err := c.db.Pool.Exec(ctx, `
		WITH ended AS (
			UPDATE catch_ups c SET ended_at = $1 FROM exceptions x
			WHERE c.ended_at IS NULL AND x.id = c.exception_id AND NOT x.standing
			RETURNING c.exception_id, c.came, c.read_since
		)
		INSERT INTO exception_notes (exception_id, at, actor, action, note)
		SELECT exception_id, $1, $2, 'polled', format('The tower reads from it no longer; %s came by that.',
			CASE came WHEN 1 THEN '1 changed balance' ELSE came || ' changed balances' END) FROM ended WHERE read_since IS NOT NULL`,
		now, actorTower)
	if err != nil {
		return fmt.Errorf("end what sources were asked for: %w", err)
	}
	return nil
}

// CatchUps reads what sources were asked for because of the exceptions of a code
// that stand, by the keys of these conditions.
func (c *Conditions) CatchUps(ctx context.Context, code models.ExceptionCode) (map[string]models.CatchUp, error) {
	const what = "read what sources were asked for"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT x.dedupe_key, c.times, c.asked_at, c.answer, c.read_since, c.came
		FROM catch_ups c JOIN exceptions x ON x.id = c.exception_id WHERE c.ended_at IS NULL AND x.standing AND x.code = $1`, code)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	found := map[string]models.CatchUp{}
	var key string
	var u models.CatchUp
	var read *time.Time
	_, err = pgx.ForEachRow(rows, []any{&key, &u.Times, &u.AskedAt, &u.Answer, &read, &u.Came}, func() error {
		u.ReadSince = read
		found[key] = u
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return found, nil
}
