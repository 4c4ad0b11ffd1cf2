package store

import (
	"fmt"
	"slices"

	"gorm.io/gorm"

	"throughline/models"
)

// A chain shows the newest few of what could be many.
const (
	chainRecommendations = 4
	chainEvaluations     = 6
)

// rows reads what is on record of a thread, from the recommendation outward.
func (c *Chains) rows(db *gorm.DB, t thread, at known) (models.ChainRows, error) {
	rows := models.ChainRows{Item: t.Item, DC: t.DC, Consumer: c.consumer}
	steps := []func() error{
		func() error { return recommendationsOf(db, t, at, &rows) },
		func() error { return ordersOf(db, t, at, &rows) },
		func() error { return servedOf(db, t, at, &rows) },
		func() error { return evaluationsOf(db, t, at, &rows) },
		func() error { return c.revisionsOf(db, t, at, &rows) },
		func() error { return repliesOf(db, at, &rows) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return rows, fmt.Errorf("read the chain of %s at %s: %w", t.Item, t.DC, err)
		}
	}
	return rows, nil
}

const chainRecommendation = `
	SELECT r.recommendation, r.kind, r.run, r.supplier, r.from_dc, coalesce(p.quantity, r.quantity) AS quantity, r.quantity AS recommended, r.reason,
		r.forecast_revision, r.stock_as_of, CAST(r.basis ->> 'open_supply_as_of' AS timestamptz) AS orders_at, r.computed_at, r.seq, r.recorded_at,
		coalesce(p.state, '') AS state, coalesce(p.route, '') AS route, coalesce(p.superseded_by, '') AS superseded_by,
		p.entered_at, p.due_at, p.decided_at, p.ordered_at,
		coalesce(w.state, '') AS write_state, coalesce(w.error, '') AS write_error, coalesce(w.document, '') AS document,
		w.updated_at AS write_changed_at
	FROM recommendations r LEFT JOIN proposals p USING (recommendation) LEFT JOIN erp_writes w USING (recommendation)
	WHERE r.item = @item AND r.dc = @dc AND r.recorded_at <= CAST(@at AS timestamptz)`

func recommendationsOf(db *gorm.DB, t thread, at known, rows *models.ChainRows) error {
	var found []models.ChainRecommendation
	err := db.Raw(chainRecommendation+`
			AND (r.recommendation = @recommendation OR (@recommendation = '' AND r.forecast_revision = CAST(@revision AS bigint)))
		ORDER BY r.computed_at DESC LIMIT @limit`,
		binds{
			"item": t.Item, "dc": t.DC, "recommendation": t.Recommendation, "revision": t.Revision, "limit": chainRecommendations,
			"at": knownText(at),
		}).Scan(&found).Error
	if err != nil {
		return err
	}
	return decided(db, at, found, rows)
}

// decided adds recommendations with what was decided about each.
func decided(db *gorm.DB, at known, found []models.ChainRecommendation, rows *models.ChainRows) error {
	for _, r := range found {
		decisions, err := decisionsOf(db, r.Recommendation)
		if err != nil {
			return err
		}
		if at != nil {
			decisions = slices.DeleteFunc(decisions, func(d models.DecisionRecord) bool { return d.DecidedAt.After(*at) })
			answers, err := answersOf(db, r.Recommendation, at)
			if err != nil {
				return err
			}
			r = r.AsKnown(*at, decisions, answers)
		}
		rows.Recommendations = append(rows.Recommendations, r)
		for _, d := range decisions {
			rows.Decisions = append(rows.Decisions, models.ChainDecision{Recommendation: r.Recommendation, DecisionRecord: d})
		}
	}
	return nil
}

func evaluationsOf(db *gorm.DB, t thread, at known, rows *models.ChainRows) error {
	ids, runs := []string{""}, []string{""}
	for _, r := range rows.Recommendations {
		ids, runs = append(ids, r.Recommendation), append(runs, r.Run)
	}
	return db.Raw(`
		SELECT run, outcome, reason, recommendation, forecast_revision, CAST(basis #>> '{inventory,as_of}' AS timestamptz) AS stock_as_of,
			CAST(basis ->> 'open_supply_as_of' AS timestamptz) AS orders_at, evaluated_at, seq, recorded_at FROM evaluations
		WHERE item = @item AND dc = @dc AND recorded_at <= CAST(@at AS timestamptz) AND (run IN @runs OR (recommendation <> '' AND recommendation IN @ids)
			OR (@recommendation = '' AND forecast_revision >= CAST(@revision AS bigint)))
		ORDER BY (run IN @runs) DESC, forecast_revision, evaluated_at LIMIT @limit`,
		binds{
			"item": t.Item, "dc": t.DC, "runs": runs, "ids": ids, "recommendation": t.Recommendation,
			"revision": t.Revision, "limit": chainEvaluations, "at": knownText(at),
		}).Scan(&rows.Evaluations).Error
}

func (c *Chains) revisionsOf(db *gorm.DB, t thread, at known, rows *models.ChainRows) error {
	wanted := []int64{-1}
	add := func(revision *int64) {
		if revision != nil {
			wanted = append(wanted, *revision)
		}
	}
	add(t.Revision)
	for _, r := range rows.Recommendations {
		add(r.ForecastRevision)
	}
	for _, e := range rows.Evaluations {
		add(e.ForecastRevision)
	}
	return db.Raw(`
		SELECT f.revision, f.model || ' ' || f.model_version AS model, f.run, f.quantity, f.published_at, f.seq, f.applied_at AS recorded_at,
			CASE WHEN v.delivered_at <= CAST(@at AS timestamptz) THEN v.delivered_at END AS delivered_at,
			coalesce(v.delivered_at > CAST(@at AS timestamptz) AND v.version > f.revision, false) AS delivery_lost
		FROM forecast_revisions f
		LEFT JOIN delivered_versions v ON v.subscription = @consumer AND v.entity = 'forecast'
			AND v.item = f.item AND v.dc = f.dc AND v.version >= f.revision
		WHERE f.item = @item AND f.dc = @dc AND f.revision IN @wanted AND f.applied_at <= CAST(@at AS timestamptz) ORDER BY f.revision`,
		binds{"item": t.Item, "dc": t.DC, "consumer": c.consumer, "wanted": wanted, "at": knownText(at)}).Scan(&rows.Revisions).Error
}
