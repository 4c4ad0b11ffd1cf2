package store

import (
	"context"
	"fmt"
	"strings"

	"throughline/models"
)

// Search lists what a text could mean: exact keys first, then items, suppliers
// and DCs by what they are called. Each hit's Query finds its chain; those of
// suppliers and locations name a page of their own instead.
func (c *Chains) Search(ctx context.Context, text string, limit int) ([]models.SearchHit, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil //nolint:nilnil // nothing asked, nothing found
	}
	var hits []models.SearchHit
	err := c.db.Gorm.WithContext(ctx).Raw(`
		SELECT kind, query, label, note FROM (
			SELECT 1 AS rank, 'recommendation' AS kind, r.recommendation AS query, r.recommendation AS label,
				r.kind || ' of ' || r.quantity || ' ' || r.item || ' for ' || r.dc AS note
			FROM recommendations r WHERE r.recommendation IN (@text, substr(@text, 4))
			UNION ALL
			SELECT 1, 'order', o.number, o.number, o.kind || ' order for ' || o.dc || ', ' || o.state FROM orders o WHERE o.number = @text
			UNION ALL
			SELECT 1, 'order', o.number, o.number, 'under the reference ' || o.reference FROM orders o WHERE o.reference = @text AND @text <> ''
			UNION ALL
			SELECT 2, 'item', i.item, i.item, i.description FROM items i
			WHERE i.item ILIKE @pattern OR i.description ILIKE '%' || @pattern
			UNION ALL
			SELECT 3, 'supplier', s.supplier, s.supplier, s.name FROM suppliers s WHERE s.supplier ILIKE @pattern OR s.name ILIKE '%' || @pattern
			UNION ALL
			SELECT 3, 'location', l.dc, l.dc, l.name FROM locations l WHERE l.dc ILIKE @pattern OR l.name ILIKE '%' || @pattern
		) hits
		ORDER BY rank, lower(label) <> lower(@text), label LIMIT @limit`,
		binds{"text": text, "pattern": likePrefix(text), "limit": pageSize(limit)}).Scan(&hits).Error
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	if len(hits) > 0 {
		return hits, nil
	}
	return c.byKey(ctx, text)
}

// byKey offers what only a whole key finds: places, revisions and events.
func (c *Chains) byKey(ctx context.Context, text string) ([]models.SearchHit, error) {
	t, err := c.resolve(ctx, text)
	if models.CodeOf(err) == models.CodeNotFound {
		return []models.SearchHit{}, nil
	}
	if err != nil {
		return nil, err
	}
	kind := "event"
	if strings.Contains(text, "@") {
		kind = "revision"
	}
	return []models.SearchHit{{Kind: kind, Query: text, Label: text, Note: t.Item + " at " + t.DC}}, nil
}

// likePrefix is a LIKE pattern for what begins with text, taken literally.
func likePrefix(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
