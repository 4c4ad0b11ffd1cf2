package store

import (
	"fmt"

	"gorm.io/gorm"

	"throughline/models"
)

// resent joins that the tower had an order transmitted again, where that was known.
const resent = `LEFT JOIN order_resends r ON r.number = o.number AND r.resent_at <= CAST(@at AS timestamptz)`

// ordersOf reads the lines of a thread's orders in the version that was known.
func ordersOf(db *gorm.DB, t thread, at known, rows *models.ChainRows) error {
	references, numbers := []string{"-"}, []string{t.Order}
	for _, r := range rows.Recommendations {
		references = append(references, models.OrderReference(r.Recommendation))
		if r.Document != "" {
			numbers = append(numbers, r.Document)
		}
	}
	lines := `
		SELECT o.number, l.line, o.kind, o.reference, o.state, o.supplier, o.from_dc, l.quantity, l.need_by, o.ordered_at, least(o.transmitted_at, r.transmitted_at) AS transmitted_at, r.resent_at, o.acknowledged_at, o.seq,
			o.applied_at AS recorded_at
		FROM orders o JOIN order_lines l USING (number) ` + resent + `
		WHERE true`
	if at != nil {
		lines = `
		SELECT o.number, l.line, o.kind, o.reference, l.state, o.supplier, o.from_dc, l.quantity, l.need_by, o.ordered_at, least(l.transmitted_at, r.transmitted_at) AS transmitted_at, r.resent_at, l.acknowledged_at, l.seq,
			l.recorded_at
		FROM orders o JOIN order_line_versions l USING (number) ` + resent + `
		WHERE l.version = (SELECT max(version) FROM order_line_versions v
			WHERE v.number = o.number AND v.recorded_at <= CAST(@at AS timestamptz))`
	}
	return db.Raw(lines+` AND l.item = @item AND (o.number IN @numbers OR o.reference IN @references)
		ORDER BY o.ordered_at, o.number, l.line`,
		binds{"item": t.Item, "numbers": numbers, "references": references, "at": knownText(at)}).Scan(&rows.Orders).Error
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
	return db.Raw(`
		SELECT number, line, kind, message, occurred_at AS at, seq, recorded_at
		FROM supplier_exceptions WHERE number IN @numbers AND number <> '' AND recorded_at <= CAST(@at AS timestamptz) ORDER BY seq`,
		binds{"numbers": numbers, "at": knownText(at)}).Scan(&rows.Words).Error
}

// servedOf adds the other recommendations for which the ERP answered with one
// of the thread's orders.
func servedOf(db *gorm.DB, t thread, at known, rows *models.ChainRows) error {
	numbers, have := []string{""}, map[string]bool{}
	for _, o := range rows.Orders {
		numbers = append(numbers, o.Number)
	}
	for _, r := range rows.Recommendations {
		have[r.Recommendation] = true
	}
	var served []struct{ Document, Recommendation string }
	err := db.Raw(`
		SELECT w.document, w.recommendation FROM erp_writes w
		WHERE w.document IN @numbers AND w.document <> '' AND EXISTS (SELECT 1 FROM erp_write_attempts a
			WHERE a.write_id = w.id AND a.outcome IN ('created', 'found') AND a.ended_at <= CAST(@at AS timestamptz))
		ORDER BY w.recommendation`, binds{"numbers": numbers, "at": knownText(at)}).Scan(&served).Error
	if err != nil {
		return fmt.Errorf("read what the orders serve: %w", err)
	}
	others := []string{""}
	for _, s := range served {
		for i := range rows.Orders {
			if rows.Orders[i].Number == s.Document {
				rows.Orders[i].Serves = append(rows.Orders[i].Serves, s.Recommendation)
			}
		}
		if !have[s.Recommendation] {
			others = append(others, s.Recommendation)
		}
	}
	var found []models.ChainRecommendation
	err = db.Raw(chainRecommendation+` AND r.recommendation IN @ids ORDER BY r.computed_at DESC LIMIT @limit`,
		binds{"item": t.Item, "dc": t.DC, "ids": others, "limit": chainRecommendations, "at": knownText(at)}).Scan(&found).Error
	if err != nil {
		return err
	}
	return decided(db, at, found, rows)
}
