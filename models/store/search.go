package store

import (
	"context"
	"fmt"
	"strings"

	"throughline/models"
)

// Search lists what a text could mean: a trace, or exact keys first, then items
// (by their GTIN too), suppliers and DCs by what they are called. Each hit's Query finds its chain; those of
// sales orders, suppliers and locations name a page of their own instead.
func (c *Chains) Search(ctx context.Context, text string, limit int) ([]models.SearchHit, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil // nothing asked, nothing found
	}
	if models.IsTraceID(text) {
		if found, err := c.traceHits(ctx, text); err != nil || len(found) > 0 {
			return found, err
		}
	}
	var hits []models.SearchHit
	err := c.db.Gorm.WithContext(ctx).Raw(`
		SELECT kind, query, label, note FROM (
			SELECT 1 AS rank, 'recommendation' AS kind, r.recommendation AS query, r.recommendation AS label,
				r.kind || ' of ' || r.quantity || ' ' || r.item || ' for ' || r.dc AS note
			FROM recommendations r WHERE r.recommendation IN (@text, @upper, substr(@text, 4), substr(@upper, 4))
			UNION ALL
			SELECT 1, 'order', o.number, o.number, o.kind || ' order for ' || o.dc || ', ' || o.state FROM orders o
			WHERE o.number IN (@text, @upper, 'PO-' || @text, 'TO-' || @text)
			UNION ALL
			SELECT 1, 'order', o.number, o.number, 'under the reference ' || o.reference FROM orders o WHERE o.reference IN (@text, @upper)
			UNION ALL
			SELECT 1, 'sales_order', s.sales_order, s.sales_order, 'sales order of ' || count(*) || CASE count(*) WHEN 1 THEN ' line' ELSE ' lines' END
			FROM (SELECT sales_order, line FROM sales_order_lines UNION SELECT sales_order, line FROM allocations) s
			WHERE s.sales_order IN (@text, @upper) GROUP BY s.sales_order
			UNION ALL
			SELECT DISTINCT 1, 'order', d.number, d.name, d.what || ' of ' || d.number FROM (
				SELECT number, confirmation AS name, 'confirmation' AS what FROM confirmations
				UNION ALL SELECT number, asn, 'shipping notice' FROM asns
				UNION ALL SELECT number, receipt, 'goods receipt' FROM receipts) d
			WHERE d.name IN (@text, @upper)
			UNION ALL
			SELECT 1, 'evaluation', e.item || '@' || e.dc, e.item || '@' || e.dc, 'looked at in ' || e.run || ': ' || replace(e.outcome, '_', ' ')
			FROM evaluations e WHERE e.run IN (@text, @upper)
			UNION ALL
			SELECT 1, 'revision', f.item || '@' || f.dc || '#' || f.revision, f.item || '@' || f.dc || '#' || f.revision, 'published in ' || f.run
			FROM forecast_revisions f WHERE f.run IN (@text, @upper)
			UNION ALL
			SELECT 2, 'item', i.item, i.item, i.description FROM items i
			WHERE i.item ILIKE @pattern OR i.description ILIKE '%' || @pattern
			UNION ALL -- an arm of its own, or its index would be of no use
			SELECT 2, 'item', i.item, i.item, i.description FROM items i
			WHERE i.gtin <> '' AND lpad(i.gtin, 14, '0') = @gtin AND NOT (i.item ILIKE @pattern OR i.description ILIKE '%' || @pattern)
			UNION ALL
			SELECT 3, 'supplier', s.supplier, s.supplier, s.name FROM suppliers s WHERE s.supplier ILIKE @pattern OR s.name ILIKE '%' || @pattern
			UNION ALL
			SELECT 3, 'location', l.dc, l.dc, l.name FROM locations l WHERE l.dc ILIKE @pattern OR l.name ILIKE '%' || @pattern
		) hits
		ORDER BY rank, lower(label) <> lower(@text), label LIMIT @limit`,
		binds{"text": text, "upper": strings.ToUpper(text), "pattern": likePrefix(text), "gtin": models.GTIN(text).Normalised(), "limit": pageSize(limit)}).Scan(&hits).Error
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	events, err := c.eventHits(ctx, text)
	if err != nil || len(hits)+len(events) > 0 {
		return append(hits, events...), err
	}
	return c.placeHits(ctx, text)
}

// traceHits offers the trace when anything that is still kept belongs to it.
func (c *Chains) traceHits(ctx context.Context, id string) ([]models.SearchHit, error) {
	t, err := NewFailures(c.db).Trace(ctx, id)
	if models.CodeOf(err) == models.CodeNotFound {
		return []models.SearchHit{}, nil
	}
	if err != nil {
		return nil, err
	}
	return []models.SearchHit{{Kind: "trace", Query: id, Label: id, Note: fmt.Sprintf("%d events", len(t.Events))}}, nil
}

// placeHits offers a place or a revision, which only its whole key finds.
func (c *Chains) placeHits(ctx context.Context, text string) ([]models.SearchHit, error) {
	t, found, err := byPlace(c.db.Gorm.WithContext(ctx), text)
	if err != nil || !found {
		return []models.SearchHit{}, err
	}
	return []models.SearchHit{{Kind: "revision", Query: text, Label: text, Note: t.Item + " at " + t.DC}}, nil
}

// eventHits offers the events that a text names. One whose id leads to a chain
// is shown there; any other on its own page.
func (c *Chains) eventHits(ctx context.Context, text string) ([]models.SearchHit, error) {
	events, err := c.eventsCalled(ctx, text)
	if err != nil {
		return nil, err
	}
	hits := make([]models.SearchHit, 0, len(events))
	for _, e := range events {
		hit := models.SearchHit{Kind: "event", Query: e.ID, Label: e.ID, Note: fmt.Sprintf("%s from %s, event %d", e.Type.Entity(), e.Source, e.Seq)}
		t, found, err := c.ofEvent(ctx, e)
		switch {
		case err != nil:
			return nil, err
		case found && len(events) == 1 && e.ID == text:
			hit.Note = t.Item + " at " + t.DC
		default:
			hit.Seq = e.Seq
		}
		hits = append(hits, hit)
	}
	return hits, nil
}

// likePrefix is a LIKE pattern for what begins with text, taken literally.
func likePrefix(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
