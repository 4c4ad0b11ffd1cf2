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
		func() error { return evaluationsOf(db, t, at, &rows) },
		func() error { return c.revisionsOf(db, t, at, &rows) },
		func() error { return ordersOf(db, t, at, &rows) },
		func() error { return repliesOf(db, at, &rows) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return rows, fmt.Errorf("read the chain of %s at %s: %w", t.Item, t.DC, err)
		}
	}
	return rows, nil
}

func recommendationsOf(db *gorm.DB, t thread, at known, rows *models.ChainRows) error {
	err := db.Raw(`
		SELECT r.recommendation, r.kind, r.run, r.supplier, r.from_dc, coalesce(p.quantity, r.quantity) AS quantity, r.quantity AS recommended, r.reason,
			r.forecast_revision, r.computed_at, r.seq, r.recorded_at,
			coalesce(p.state, '') AS state, coalesce(p.route, '') AS route, coalesce(p.superseded_by, '') AS superseded_by,
			p.entered_at, p.due_at, p.decided_at, p.ordered_at,
			coalesce(w.state, '') AS write_state, coalesce(w.error, '') AS write_error, coalesce(w.document, '') AS document,
			w.updated_at AS write_changed_at
		FROM recommendations r LEFT JOIN proposals p USING (recommendation) LEFT JOIN erp_writes w USING (recommendation)
		WHERE r.item = @item AND r.dc = @dc AND r.recorded_at <= CAST(@at AS timestamptz) AND (
			r.recommendation = @recommendation OR (@recommendation = '' AND r.forecast_revision = CAST(@revision AS bigint)))
		ORDER BY r.computed_at DESC LIMIT @limit`,
		binds{
			"item": t.Item, "dc": t.DC, "recommendation": t.Recommendation, "revision": t.Revision, "limit": chainRecommendations,
			"at": knownText(at),
		}).Scan(&rows.Recommendations).Error
	if err != nil {
		return err
	}
	for i, r := range rows.Recommendations {
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
			rows.Recommendations[i] = r.AsKnown(*at, decisions, answers)
		}
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
		SELECT run, outcome, reason, recommendation, forecast_revision, evaluated_at, seq, recorded_at FROM evaluations
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

// ordersOf reads the lines of a thread's orders in the version that was known.
func ordersOf(db *gorm.DB, t thread, at known, rows *models.ChainRows) error {
	references := []string{"-"}
	for _, r := range rows.Recommendations {
		references = append(references, models.OrderReference(r.Recommendation))
	}
	lines := `
		SELECT o.number, l.line, o.kind, o.reference, o.state, o.supplier, o.from_dc, l.quantity, l.need_by, o.ordered_at, o.seq,
			o.applied_at AS recorded_at
		FROM orders o JOIN order_lines l USING (number)
		WHERE true`
	if at != nil {
		lines = `
		SELECT o.number, l.line, o.kind, o.reference, l.state, o.supplier, o.from_dc, l.quantity, l.need_by, o.ordered_at, l.seq,
			l.recorded_at
		FROM orders o JOIN order_line_versions l USING (number)
		WHERE l.version = (SELECT max(version) FROM order_line_versions v
			WHERE v.number = o.number AND v.recorded_at <= CAST(@at AS timestamptz))`
	}
	return db.Raw(lines+` AND l.item = @item AND (o.number = @number OR o.reference IN @references)
		ORDER BY o.ordered_at, o.number, l.line`,
		binds{"item": t.Item, "number": t.Order, "references": references, "at": knownText(at)}).Scan(&rows.Orders).Error
}

// repliesOf reads what suppliers and DCs said about the orders.
func repliesOf(db *gorm.DB, at known, rows *models.ChainRows) error {
	numbers := []string{""}
	for _, o := range rows.Orders {
		numbers = append(numbers, o.Number)
	}
	for _, read := range []struct {
		sql  string
		into *[]models.ChainReply
	}{
		{`SELECT confirmation AS id, number, line, quantity, promised_day AS day, confirmed_at AS at, seq, recorded_at
			FROM confirmations WHERE number IN @numbers AND recorded_at <= CAST(@at AS timestamptz)
			ORDER BY confirmed_at, confirmation`, &rows.Confirmations},
		{`SELECT asn AS id, number, line, quantity, eta_day AS day, shipped_at AS at, seq, recorded_at
			FROM asns WHERE number IN @numbers AND recorded_at <= CAST(@at AS timestamptz) ORDER BY shipped_at, asn`, &rows.ASNs},
		{`SELECT receipt AS id, number, line, quantity, received_at AS at, seq, recorded_at
			FROM receipts WHERE number IN @numbers AND recorded_at <= CAST(@at AS timestamptz)
			ORDER BY received_at, receipt`, &rows.Receipts},
	} {
		if err := db.Raw(read.sql, binds{"numbers": numbers, "at": knownText(at)}).Scan(read.into).Error; err != nil {
			return err
		}
	}
	return nil
}
