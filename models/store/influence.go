package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

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
			WHEN e.outcome = 'blocked' THEN 'blocked'
			WHEN e.outcome = 'recommend' THEN 'announced'
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
		SELECT evaluated_at, reason, outcome FROM evaluations
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
	) x ON board.state IN ('not_delivered', 'not_evaluated', 'blocked', 'announced')`

// influenceOrder is the board's own: the newest first.
var influenceOrder = keyset{name: "newest", descending: true, parts: []sortBy{{"board.published_at", sortTime}, {"board.item || '@' || board.dc", sortText}}}

// influenceSorts are what a reader may sort the board by instead. What had no
// figure before grew without bounds.
var influenceSorts = map[string]sortBy{
	"item": {"board.item", sortText}, "class": {"board.class", sortText}, "dc": {"board.dc", sortText}, "revision": {"board.revision", sortNumber},
	"published": {"board.published_at", sortTime}, "change": {"board.delta", sortNumber}, "percent": {"coalesce(board.delta_percent, 1e12)", sortNumber},
	"risk": {"board.value_at_risk", sortNumber}, "state": {"board.state", sortText},
}

// Board lists material revisions, the newest first unless the filter says
// otherwise. Without States those that have not reached replenishment.
func (i *Influence) Board(ctx context.Context, f models.InfluenceFilter) (models.InfluencePage, error) {
	limit, order := pageSize(f.Limit), sorted(f.By, influenceSorts, influenceOrder)
	after, values, err := order.after(f.After)
	if err != nil {
		return models.InfluencePage{}, err
	}
	states := f.States
	if len(states) == 0 {
		states = models.InfluenceOpen()
	}
	maps.Copy(values, binds{
		"dc": f.DC, "consumer": f.Consumer, "class": f.Class, "states": slices.Clone(states), "limit": limit + 1, "code": models.ExceptionNoInfluence,
	})
	var rows []influenceRow
	err = i.db.Gorm.WithContext(ctx).Raw(`
		SELECT board.*, m.opened_at AS promised_at, m.due_at, coalesce(x.id, 0) AS exception, coalesce(x.team, '') AS team, coalesce(x.owner, '') AS owner
		FROM (SELECT *, `+order.place()+` AS place FROM (`+influenceRows+`) board
			WHERE state IN @states AND (@class = '' OR class = @class) AND `+after+`
			ORDER BY `+order.orderBy()+` LIMIT @limit) board`+boardNotes+`
		ORDER BY `+order.orderBy(), values).Scan(&rows).Error
	if err != nil {
		return models.InfluencePage{}, fmt.Errorf("read the influence board: %w", err)
	}
	var page models.InfluencePage
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].Place
	}
	page.Rows = column(rows, func(r *influenceRow) models.InfluenceRow { return r.InfluenceRow })
	return page, nil
}

// influenceRow is a row of the board with its place in the board's order.
type influenceRow struct {
	models.InfluenceRow
	Place string
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
