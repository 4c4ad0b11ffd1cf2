package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"throughline/models"
)

// Influence tells which forecast revisions have not reached replenishment. It
// is safe for concurrent use.
type Influence struct{ db *DB }

// NewInfluence reads through db.
func NewInfluence(db *DB) *Influence { return &Influence{db: db} }

// influenceRows is the newest material revision of each item at each DC with
// how far it came; what was computed from a newer revision counts as well.
const influenceRows = `
	SELECT f.item, f.dc, coalesce(i.description, '') AS description, coalesce(i.abc_class, '') AS class, f.revision,
		f.model, f.model_version, f.unit, f.previous_quantity AS old, f.quantity AS new,
		f.quantity - coalesce(f.previous_quantity, 0) AS delta,
		round(100 * (f.quantity - f.previous_quantity) / nullif(f.previous_quantity, 0), 1) AS delta_percent,
		round(greatest(f.quantity - coalesce(f.previous_quantity, 0), 0) * coalesce(i.unit_price, 0), 2) AS value_at_risk,
		coalesce(i.currency, '` + models.FallbackCurrency + `') AS currency, f.published_at, v.delivered_at, e.evaluated_at, coalesce(e.reason, '') AS reason,
		coalesce(r.recommendation, '') AS recommendation, coalesce(r.state, '') AS proposal,
		CASE
			WHEN r.state = 'ordered' THEN 'ordered'
			WHEN r.recommendation IS NOT NULL THEN 'recommended'
			WHEN e.evaluated_at IS NOT NULL THEN 'no_action'
			WHEN v.delivered_at IS NOT NULL THEN 'not_evaluated'
			ELSE 'not_delivered' END AS state
	FROM (
		SELECT DISTINCT ON (item, dc) * FROM forecast_revisions
		WHERE material AND (@dc = '' OR dc = @dc) ORDER BY item, dc, revision DESC
	) f
	LEFT JOIN items i ON i.item = f.item
	LEFT JOIN delivered_versions v ON v.subscription = @consumer AND v.entity = 'forecast'
		AND v.item = f.item AND v.dc = f.dc AND v.version >= f.revision
	LEFT JOIN LATERAL (
		SELECT evaluated_at, reason FROM evaluations
		WHERE item = f.item AND dc = f.dc AND forecast_revision >= f.revision ORDER BY forecast_revision DESC, evaluated_at DESC LIMIT 1
	) e ON true
	LEFT JOIN LATERAL (
		SELECT x.recommendation, p.state FROM recommendations x LEFT JOIN proposals p USING (recommendation)
		WHERE x.item = f.item AND x.dc = f.dc AND x.forecast_revision >= f.revision ORDER BY x.computed_at DESC LIMIT 1
	) r ON true`

// boardNotes adds what a page of the board says besides: how long an evaluation
// may take, and the exception that is closest to the revision.
const boardNotes = `
	LEFT JOIN milestones m ON m.kind = 'evaluated' AND m.subject = board.item || '|' || board.dc || '@' || board.revision
	LEFT JOIN LATERAL (
		SELECT id, team, owner FROM exceptions
		WHERE code = @code AND state <> 'resolved' AND (
			item = board.item AND dc = board.dc OR item = '' AND dc = board.dc
			OR item = '' AND dc = '' AND source = @consumer AND board.state = 'not_delivered')
		ORDER BY item DESC, dc DESC, id LIMIT 1
	) x ON board.state IN ('not_delivered', 'not_evaluated')`

// Board lists material revisions, the newest first. Without States those that
// have not reached replenishment.
func (i *Influence) Board(ctx context.Context, f models.InfluenceFilter) (models.InfluencePage, error) {
	limit := pageSize(f.Limit)
	at, key, err := splitCursor(f.After)
	if err != nil {
		return models.InfluencePage{}, err
	}
	states := f.States
	if len(states) == 0 {
		states = []models.InfluenceState{models.InfluenceNotDelivered, models.InfluenceNotEvaluated}
	}
	var page models.InfluencePage
	err = i.db.Gorm.WithContext(ctx).Raw(`
		SELECT board.*, m.opened_at AS promised_at, m.due_at, coalesce(x.id, 0) AS exception, coalesce(x.team, '') AS team, coalesce(x.owner, '') AS owner
		FROM (SELECT * FROM (`+influenceRows+`) page
			WHERE state IN @states AND (@class = '' OR class = @class)
				AND (@key = '' OR (published_at, item || '@' || dc) < (CAST(@at AS timestamptz), @key))
			ORDER BY published_at DESC, item || '@' || dc DESC LIMIT @limit) board`+boardNotes+`
		ORDER BY published_at DESC, board.item || '@' || board.dc DESC`,
		binds{
			"dc": f.DC, "consumer": f.Consumer, "class": f.Class, "states": slices.Clone(states), "at": at, "key": key, "limit": limit + 1,
			"code": models.ExceptionNoInfluence,
		}).Scan(&page.Rows).Error
	if err != nil {
		return page, fmt.Errorf("read the influence board: %w", err)
	}
	if len(page.Rows) > limit {
		page.Rows = page.Rows[:limit]
		last := page.Rows[limit-1]
		page.Next = last.PublishedAt.UTC().Format(time.RFC3339Nano) + " " + last.Item + "@" + last.DC
	}
	return page, nil
}

// Counts says how many material revisions stand in each state.
func (i *Influence) Counts(ctx context.Context, f models.InfluenceFilter) (map[models.InfluenceState]int, error) {
	var rows []struct {
		State models.InfluenceState
		Count int
	}
	err := i.db.Gorm.WithContext(ctx).Raw(`
		SELECT state, count(*) AS count FROM (`+influenceRows+`) board WHERE (@class = '' OR class = @class) GROUP BY state`,
		binds{"dc": f.DC, "consumer": f.Consumer, "class": f.Class}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count the influence board: %w", err)
	}
	counts := make(map[models.InfluenceState]int, len(rows))
	for _, r := range rows {
		counts[r.State] = r.Count
	}
	return counts, nil
}
