package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// ItemCover is the supply and demand of an item at a DC with what its lack costs.
type ItemCover struct {
	Item, DC, Description, Unit string
	Class, Supplier, Name       string // Name is the supplier's
	LeadTime                    time.Duration
	Price, Cost                 decimal.Decimal
	Currency                    string
	AsOf                        time.Time // of the stock figure
	OutSince                    time.Time // real: when available stock fell to zero or below; zero while there is some
	Revision                    int64
	models.Cover
}

// ItemDC names an item at a DC.
type ItemDC struct{ Item, DC string }

// ShortOfCover reads the items whose available stock is less than the forecast
// for the lead time of their supplier from a business day on; whether receipts
// come in time is left to the projection.
func (c *Conditions) ShortOfCover(ctx context.Context, today time.Time) ([]ItemCover, error) {
	return c.covers(ctx, "read what is short of cover", `(SELECT sum(q) FROM unnest(d.daily) AS q) > p.available`, today, 0)
}

// coverDays is how far ahead the cover of a given item is read at least.
const coverDays = 60

// Covers reads the cover of given items, with their demand for the lead time
// and at least 60 business days ahead where it is forecast.
func (c *Conditions) Covers(ctx context.Context, today time.Time, keys []ItemDC) ([]ItemCover, error) {
	items, dcs := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		items[i], dcs[i] = k.Item, k.DC
	}
	return c.covers(ctx, "read the cover of items", `(p.item, p.dc) IN (SELECT * FROM unnest($3::text[], $4::text[]))`, today, coverDays, items, dcs)
}

// openSupply is what each open order line is still to bring, and when; of what
// is promised in parts, the earliest are received first.
const openSupply = `
	SELECT l.item, o.dc, array_agg(coalesce(a.eta_day, p.day)) AS days,
		array_agg((greatest(least(p.quantity, p.running - coalesce(r.quantity, 0)), 0))::text) AS quantities
	FROM orders o JOIN order_lines l USING (number)
	LEFT JOIN LATERAL (` + confirmedAs + `) c ON true
	LEFT JOIN LATERAL (SELECT max(eta_day) AS eta_day FROM asns WHERE number = l.number AND line = l.line) a ON true
	LEFT JOIN LATERAL (SELECT sum(quantity) AS quantity FROM receipts WHERE number = l.number AND line = l.line) r ON true
	CROSS JOIN LATERAL (SELECT day, quantity, sum(quantity) OVER (ORDER BY n) AS running
		FROM unnest(coalesce(c.days, ARRAY[l.need_by]), coalesce(c.quantities, ARRAY[l.quantity])) WITH ORDINALITY AS u(day, quantity, n)) p
	WHERE o.state IN ('open', 'confirmed', 'shipped')
	GROUP BY l.item, o.dc`

// outSince is when what is not available now was available last.
const outSince = `
	SELECT min(m.occurred_at) FROM stock_movements m
	WHERE m.item = p.item AND m.dc = p.dc AND m.version > coalesce((SELECT max(g.version) FROM stock_movements g
		WHERE g.item = p.item AND g.dc = p.dc AND g.on_hand > g.allocated), 0)`

func (c *Conditions) covers(ctx context.Context, what, condition string, args ...any) ([]ItemCover, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT p.item, p.dc, i.description, p.unit, i.abc_class, i.supplier, s.name, s.lead_time_days * interval '1 day',
			i.unit_price, i.unit_cost, i.currency, p.as_of, f.revision, p.available, greatest(f.start_day, $1::date),
			d.daily::text[], coalesce(o.days, '{}'), coalesce(o.quantities, '{}'),
			CASE WHEN p.available <= 0 THEN coalesce((`+outSince+`), p.as_of) END
		FROM positions p JOIN items i USING (item) JOIN suppliers s ON s.supplier = i.supplier
		CROSS JOIN LATERAL (SELECT revision, start_day, quantities FROM forecast_revisions
			WHERE item = p.item AND dc = p.dc ORDER BY revision DESC LIMIT 1) f
		CROSS JOIN LATERAL (SELECT f.quantities[greatest(1, $1::date - f.start_day + 1) :
			$1::date - f.start_day + 1 + greatest(ceil(s.lead_time_days)::int, $2)] AS daily) d
		LEFT JOIN (`+openSupply+`) o ON o.item = p.item AND o.dc = p.dc
		WHERE `+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, scanCover)
}

func scanCover(row pgx.CollectableRow, c *ItemCover) error {
	var daily, quantities []string
	var days []time.Time
	var outSince *time.Time
	err := row.Scan(&c.Item, &c.DC, &c.Description, &c.Unit, &c.Class, &c.Supplier, &c.Name, &c.LeadTime,
		&c.Price, &c.Cost, &c.Currency, &c.AsOf, &c.Revision, &c.Available, &c.Start, &daily, &days, &quantities, &outSince)
	if err != nil {
		return err
	}
	if outSince != nil {
		c.OutSince = *outSince
	}
	if c.Daily, err = parseDecimals(daily); err != nil {
		return err
	}
	amounts, err := parseDecimals(quantities)
	if err != nil {
		return err
	}
	for i, day := range days {
		c.Receipts = append(c.Receipts, models.ExpectedReceipt{Day: day, Quantity: amounts[i]})
	}
	return nil
}

func parseDecimals(texts []string) ([]decimal.Decimal, error) {
	parsed := make([]decimal.Decimal, len(texts))
	for i, text := range texts {
		d, err := decimal.NewFromString(text)
		if err != nil {
			return nil, fmt.Errorf("read a quantity: %w", err)
		}
		parsed[i] = d
	}
	return parsed, nil
}

// OrderGap is an order line and what its supplier confirms of it.
type OrderGap struct {
	Number             string
	Line               int
	Item, DC, Supplier string
	Description, Unit  string
	Name               string // of the supplier
	Ordered, Confirmed decimal.Decimal
	Price              decimal.Decimal
	Currency           string
	NeedBy, Promised   time.Time // business days
	Parts              []models.ExpectedReceipt
	Recommendation     string // whose reference the order carries, or empty
	Said               string // by the supplier, in its words, or empty
}

// ConfirmationGaps reads the open purchase lines that were confirmed with less,
// or later by more than a number of business days.
func (c *Conditions) ConfirmationGaps(ctx context.Context, lateDays int) ([]OrderGap, error) {
	const what = "read the confirmations that differ"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT l.number, l.line, l.item, o.dc, o.supplier, coalesce(i.description, l.item), l.unit, coalesce(s.name, o.supplier),
			l.quantity, c.quantity, l.unit_price, o.currency, l.need_by, c.promised_day, c.days, c.quantities::text[], coalesce(r.recommendation, ''),
			coalesce(x.message, '')
		FROM orders o JOIN order_lines l USING (number)
		JOIN LATERAL (`+confirmedAs+`) c ON true
		LEFT JOIN LATERAL (`+supplierWord+`) x ON true
		LEFT JOIN items i USING (item) LEFT JOIN suppliers s ON s.supplier = o.supplier
		LEFT JOIN recommendations r ON o.reference = 'TL-' || r.recommendation
		WHERE o.state IN ('open', 'confirmed') AND o.kind = 'purchase'
			AND (c.quantity < l.quantity OR c.promised_day > l.need_by + $1::int)
			AND NOT EXISTS (SELECT 1 FROM asns a WHERE a.number = l.number AND a.line = l.line)
		ORDER BY l.number, l.line LIMIT $2`, lateDays, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, g *OrderGap) error {
		var days []time.Time
		var quantities []string
		err := row.Scan(&g.Number, &g.Line, &g.Item, &g.DC, &g.Supplier, &g.Description, &g.Unit, &g.Name,
			&g.Ordered, &g.Confirmed, &g.Price, &g.Currency, &g.NeedBy, &g.Promised, &days, &quantities, &g.Recommendation, &g.Said)
		if err != nil {
			return err
		}
		g.Parts, err = confirmedParts(days, quantities)
		return err
	})
}

// LateOrder is an order whose next step is overdue.
type LateOrder struct {
	Number             string
	Line               int // 0 for the whole order
	Item, DC, Supplier string
	Name               string // of the supplier
	Quantity, Value    decimal.Decimal
	Currency           string
	Due                time.Time // business time
	NeedBy             time.Time // business day
	Document           string    // the ASN, when it is a shipment that is late
}

// Unconfirmed reads the purchase orders that no supplier answered in time.
func (c *Conditions) Unconfirmed(ctx context.Context, business time.Time) ([]LateOrder, error) {
	return c.lateOrders(ctx, "read the unconfirmed orders", `
		SELECT o.number, 0, m.item, o.dc, o.supplier, coalesce(s.name, o.supplier), l.quantity, l.value, o.currency, m.due_at, l.need_by, ''
		FROM milestones m JOIN orders o ON o.number = m.subject LEFT JOIN suppliers s USING (supplier)
		CROSS JOIN LATERAL (SELECT sum(quantity) AS quantity, sum(quantity * unit_price) AS value, min(need_by) AS need_by
			FROM order_lines WHERE number = o.number) l
		WHERE m.kind = 'confirmed' AND m.closed_at IS NULL AND m.due_at < $1 AND o.state = 'open' AND EXISTS (`+unconfirmedLine+`)
		ORDER BY m.due_at, o.number LIMIT $2`, business)
}

// LateShipments reads the announced shipments that were not received in time.
func (c *Conditions) LateShipments(ctx context.Context, business time.Time) ([]LateOrder, error) {
	return c.lateOrders(ctx, "read the late shipments", `
		SELECT a.number, a.line, l.item, o.dc, coalesce(nullif(o.supplier, ''), o.from_dc), coalesce(s.name, o.from_dc), a.quantity,
			a.quantity * l.unit_price, o.currency, m.due_at, a.eta_day, a.asn
		FROM milestones m JOIN asns a ON a.number = split_part(m.subject, '|', 1) AND m.subject = a.number || '|' || a.line || '|' || a.asn
		JOIN orders o USING (number) JOIN order_lines l USING (number, line) LEFT JOIN suppliers s USING (supplier)
		WHERE m.kind = 'received' AND m.closed_at IS NULL AND m.due_at < $1 AND o.state NOT IN ('received', 'cancelled')
			AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.number = a.number AND r.line = a.line)
		ORDER BY m.due_at, a.number LIMIT $2`, business)
}

func (c *Conditions) lateOrders(ctx context.Context, what, query string, business time.Time) ([]LateOrder, error) {
	rows, err := c.db.Pool.Query(ctx, query, business, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, o *LateOrder) error {
		return row.Scan(&o.Number, &o.Line, &o.Item, &o.DC, &o.Supplier, &o.Name, &o.Quantity, &o.Value, &o.Currency, &o.Due, &o.NeedBy, &o.Document)
	})
}
