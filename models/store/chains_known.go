package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// known is the moment as of which a chain is read, by recorded time; nil for
// this moment.
type known *time.Time

// knownText is how SQL reads the moment.
func knownText(at known) string {
	if at == nil {
		return "infinity"
	}
	moment := *at
	return moment.UTC().Format(time.RFC3339Nano)
}

// FindAt is Find as the tower knew it at a moment: what was recorded later is
// left out, and that moment is now. CodePrecondition for a moment in the future
// or before it was kept what was known when.
func (c *Chains) FindAt(ctx context.Context, query string, at time.Time) (models.Chain, error) {
	if at.After(c.now()) {
		return models.Chain{}, models.Errorf(models.CodePrecondition, "Nobody knows yet what will be known at %s.", instant(at))
	}
	if err := c.stillKept(ctx, at); err != nil {
		return models.Chain{}, err
	}
	chain, err := c.find(ctx, query, &at)
	if err == nil {
		err = c.stillKept(ctx, at) // retention may have gone on meanwhile
	}
	return chain, err
}

func (c *Chains) stillKept(ctx context.Context, at time.Time) error {
	since, err := c.knownSince(ctx)
	if err != nil {
		return err
	}
	if at.Before(since) {
		return models.Errorf(models.CodePrecondition,
			"What was known at %s is not kept. It is kept since %s.", instant(at), instant(since))
	}
	return nil
}

func instant(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 MST") }

// knownSince is from when on it is kept what was known: since the tower records
// it, or since the oldest that retention has left.
func (c *Chains) knownSince(ctx context.Context) (since time.Time, err error) {
	err = c.db.Pool.QueryRow(ctx, `SELECT CAST(value AS timestamptz) FROM settings WHERE name = 'known_since'`).Scan(&since)
	if err != nil {
		return since, fmt.Errorf("read since when it is kept what was known: %w", err)
	}
	kept, err := keptSince(ctx, c.db, models.KeptMovements, models.KeptForecasts, models.KeptEvaluations)
	if err != nil {
		return since, fmt.Errorf("read since when it is kept what was known: %w", err)
	}
	if kept.After(since) {
		return kept, nil
	}
	return since, nil
}

// moment says where in its history a chain is shown. The moments beside it
// are those of everything that the thread holds by now.
func (c *Chains) moment(ctx context.Context, db *gorm.DB, t thread, at known) (models.ChainMoment, error) {
	m := models.ChainMoment{At: at}
	all, err := c.rows(db, t, nil)
	if err != nil {
		return m, err
	}
	if all.Moments, err = momentsOf(db, all); err != nil {
		return m, err
	}
	if m.Since, err = c.knownSince(ctx); err != nil {
		return m, err
	}
	shown := c.now()
	if at != nil {
		shown = *at
	}
	m.Before, m.After = all.Beside(shown, m.Since)
	return m, nil
}

// momentsOf are the recorded moments of what has no row of its own: the
// versions of orders and the answers of the ERP.
func momentsOf(db *gorm.DB, rows models.ChainRows) (moments []time.Time, err error) {
	numbers, ids := []string{""}, []string{""}
	for _, o := range rows.Orders {
		numbers = append(numbers, o.Number)
	}
	for _, r := range rows.Recommendations {
		ids = append(ids, r.Recommendation)
	}
	err = db.Raw(`
		SELECT recorded_at FROM order_line_versions WHERE number IN @numbers
		UNION SELECT a.ended_at FROM erp_writes w JOIN erp_write_attempts a ON a.write_id = w.id WHERE w.recommendation IN @ids`,
		binds{"numbers": numbers, "ids": ids}).Scan(&moments).Error
	if err != nil {
		return nil, fmt.Errorf("read the recorded moments of a chain: %w", err)
	}
	return moments, nil
}

// answersOf are the answers of the ERP until a moment, the oldest first.
func answersOf(db *gorm.DB, recommendation string, at known) (answers []models.WriteAnswer, err error) {
	err = db.Raw(`
		SELECT a.outcome, a.error, a.ended_at FROM erp_writes w JOIN erp_write_attempts a ON a.write_id = w.id
		WHERE w.recommendation = @id AND a.ended_at <= CAST(@at AS timestamptz) ORDER BY a.id`,
		binds{"id": recommendation, "at": knownText(at)}).Scan(&answers).Error
	if err != nil {
		return nil, fmt.Errorf("read the ERP's answers about %s: %w", recommendation, err)
	}
	return answers, nil
}
