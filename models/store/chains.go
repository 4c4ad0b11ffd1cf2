package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// Chains finds the thread from forecast to receipt that a key belongs to. It is
// safe for concurrent use.
type Chains struct {
	db        *DB
	approvals *Approvals
	consumer  string
	now       func() time.Time
}

// NewChains reads through db. consumer is the replenishment engine's
// subscription, by which "delivered" is judged.
func NewChains(db *DB, rule BasisRule, consumer string, now func() time.Time) *Chains {
	return &Chains{db: db, approvals: NewApprovals(db, rule, now), consumer: consumer, now: now}
}

// thread is what a query means. Item and DC are always set; of the rest, what
// the query named.
type thread struct {
	Item           string
	DC             string
	Revision       *int64
	Recommendation string
	Order          string
	focus          string
	event          int64 // that led here and is no step of it
}

// Find takes an item, item@dc, item@dc#revision, recommendation, order number or
// reference, or event id, and gives its chain. CodeNotFound when nothing has that key.
func (c *Chains) Find(ctx context.Context, query string) (models.Chain, error) {
	return c.find(ctx, query, nil)
}

func (c *Chains) find(ctx context.Context, query string, at known) (models.Chain, error) {
	db := c.db.Gorm.WithContext(ctx)
	t, err := c.resolve(ctx, query)
	if err != nil {
		return models.Chain{}, err
	}
	if t, err = t.asKnown(db, at); err != nil {
		return models.Chain{}, err
	}
	rows, err := c.rows(db, t, at)
	if err != nil {
		return models.Chain{}, err
	}
	now := c.now().UTC()
	if at != nil {
		now = *at
	}
	chain := models.AssembleChain(rows, now)
	chain.Focus, chain.Event = t.focus, t.event
	if chain.Others, err = otherDCs(db, t); err != nil {
		return chain, err
	}
	if chain.Known, err = c.moment(ctx, db, t, at); err != nil {
		return chain, err
	}
	if err := c.received(ctx, chain.Nodes); err != nil {
		return chain, err
	}
	if err := describe(db, &chain); err != nil {
		return chain, err
	}
	if err := thresholdsOf(db, &chain, at); err != nil {
		return chain, err
	}
	if len(rows.Recommendations) == 0 {
		return chain, nil
	}
	main := rows.Recommendations[0].Recommendation
	inspector, err := c.approvals.inspect(ctx, main, at)
	if err != nil {
		return chain, err
	}
	chain.Basis = &inspector
	return chain, c.judge(db, &chain, rows, at)
}

// asKnown is the thread of a bare place as it was the newest then.
func (t thread) asKnown(db *gorm.DB, at known) (thread, error) {
	if at == nil || t.focus != "" {
		return t, nil
	}
	then, _, err := newestAt(db, t.Item, t.DC, at)
	then.event = t.event
	return then, err
}

func describe(db *gorm.DB, chain *models.Chain) error {
	var row struct {
		Description, Unit string
		GTIN              models.GTIN `gorm:"column:gtin"`
	}
	err := db.Raw(`SELECT description, unit, gtin FROM items WHERE item = @item`, binds{"item": chain.Item}).Scan(&row).Error
	if err != nil {
		return fmt.Errorf("read the item %s: %w", chain.Item, err)
	}
	chain.Description, chain.Unit, chain.GTIN = row.Description, row.Unit, row.GTIN
	return nil
}

// judge puts the verdicts on the nodes at which they were taken.
func (c *Chains) judge(db *gorm.DB, chain *models.Chain, rows models.ChainRows, at known) error {
	for _, r := range rows.Recommendations {
		checks, err := storedChecks(db, r.Recommendation, at)
		if err != nil {
			return err
		}
		taken := make(map[string]models.Verdict)
		for _, check := range checks {
			for _, id := range nodesOf(check.Moment, r.Recommendation, rows) {
				taken[id] = check.Verdict
			}
		}
		for i := range chain.Nodes {
			if verdict, ok := taken[chain.Nodes[i].ID]; ok {
				chain.Nodes[i].Verdict = verdict
			}
		}
	}
	return nil
}

func nodesOf(moment models.Moment, recommendation string, rows models.ChainRows) (ids []string) {
	switch moment {
	case models.MomentCompute:
		ids = append(ids, models.RecommendationNode(recommendation))
	case models.MomentApprove:
		for _, d := range rows.Decisions {
			if d.Recommendation == recommendation && d.Verdict == models.DecisionApproved {
				ids = append(ids, models.DecisionNode(d.ID))
			}
		}
	case models.MomentOrder:
		for _, o := range rows.Orders {
			if o.Reference == models.OrderReference(recommendation) || slices.Contains(o.Serves, recommendation) {
				ids = append(ids, models.OrderNode(o.Number, o.Line))
			}
		}
	}
	return ids
}
