package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Fallbacks holds what happens while a feed is late. It is safe for concurrent use.
type Fallbacks struct{ db *DB }

// NewFallbacks works through db.
func NewFallbacks(db *DB) *Fallbacks { return &Fallbacks{db: db} }

// lateFeeds are the systems with a fallback that are silent by the word of the
// watch, as a whole or about a DC, and not about one kind of record, each with who set the fallback aside at @now.
const lateFeeds = `
	SELECT x.source, x.dc, s.fallback AS declared, min(x.opened_at) AS since,
		coalesce(min(o.actor), '') AS actor, coalesce(min(o.reason), '') AS reason, min(o.since) AS lifted, min(o.ends) AS ends
	FROM exceptions x JOIN sources s USING (source)
	LEFT JOIN fallback_overrides o ON o.source = s.source AND o.ends > @now
	WHERE x.code = 'API-01' AND x.standing AND s.fallback <> '' AND (x.dc <> '' OR x.dedupe_key = 'API-01|' || x.source)
	GROUP BY x.source, x.dc, s.fallback ORDER BY since, x.source, x.dc`

type lateFeedRow struct {
	Source, DC, Declared string
	Since                time.Time
	Actor, Reason        string
	Lifted, Ends         *time.Time
}

func (r lateFeedRow) feed() models.LateFeed {
	f := models.LateFeed{Source: r.Source, DC: r.DC, Declared: models.Fallback(r.Declared), Since: r.Since}
	if r.Lifted != nil {
		f.Lifted = &models.FallbackOverride{Source: r.Source, Reason: r.Reason, Actor: r.Actor, Since: *r.Lifted, Ends: *r.Ends}
	}
	return f
}

// Late reads which feeds are late at a real instant, the longest first.
func (f *Fallbacks) Late(ctx context.Context, now time.Time) ([]models.LateFeed, error) {
	rows, err := f.db.Pool.Query(ctx, lateFeeds, pgx.NamedArgs{"now": now})
	if err != nil {
		return nil, fmt.Errorf("read which feeds are late: %w", err)
	}
	return collect(rows, "read which feeds are late", func(row pgx.CollectableRow, to *models.LateFeed) error {
		var r lateFeedRow
		err := row.Scan(&r.Source, &r.DC, &r.Declared, &r.Since, &r.Actor, &r.Reason, &r.Lifted, &r.Ends)
		*to = r.feed()
		return err
	})
}

// LateFeeds reads the same within a transaction of the workflow.
func (t *WorkflowTx) LateFeeds(now time.Time) ([]models.LateFeed, error) {
	var rows []lateFeedRow
	if err := t.db.Raw(lateFeeds, binds{"now": now}).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read which feeds are late: %w", err)
	}
	late := make([]models.LateFeed, len(rows))
	for i, r := range rows {
		late[i] = r.feed()
	}
	return late, nil
}

// Held reads what was held for a late feed, the oldest first. There is one at
// most for an item at a DC.
func (t *WorkflowTx) Held() ([]models.Proposal, error) {
	var held []models.Proposal
	err := t.db.Raw(proposalColumns + ` WHERE p.state = 'waiting' AND p.fallback = 'hold' ORDER BY p.entered_at, p.recommendation`).Scan(&held).Error
	if err != nil {
		return nil, fmt.Errorf("read what is held: %w", err)
	}
	return held, nil
}

// EndOverrides ends what was set aside for a silence that is over: the next one
// is another matter.
func (t *WorkflowTx) EndOverrides() error {
	err := t.db.Exec(`
		DELETE FROM fallback_overrides o WHERE NOT EXISTS (
			SELECT FROM exceptions x WHERE x.code = 'API-01' AND x.standing AND x.source = o.source)`).Error
	if err != nil {
		return fmt.Errorf("end overrides: %w", err)
	}
	return nil
}

// Declare sets the fallback of a known system. CodeNotFound when there is none.
func (f *Fallbacks) Declare(ctx context.Context, source string, to models.Fallback) error {
	tag, err := f.db.Pool.Exec(ctx, `UPDATE sources SET fallback = $2 WHERE source = $1`, source, to)
	if err != nil {
		return fmt.Errorf("declare the fallback of %s: %w", source, err)
	}
	if tag.RowsAffected() == 0 {
		return models.Errorf(models.CodeNotFound, "There is no source %s.", source)
	}
	return nil
}

// Lift sets a fallback aside for a while, with its audit row. It fails with
// CodeNotFound when the system has none, CodeConflict when somebody did
// before or it is heard.
func (f *Fallbacks) Lift(ctx context.Context, o models.FallbackOverride) error {
	if err := o.Validate(); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		var declared string
		err := tx.QueryRow(ctx, `SELECT fallback FROM sources WHERE source = $1`, o.Source).Scan(&declared)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && declared == "" {
			return models.Errorf(models.CodeNotFound, "There is no fallback of %s to set aside.", o.Source)
		}
		if err != nil {
			return err
		}
		var silent bool
		err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM exceptions WHERE code = 'API-01' AND standing AND source = $1)`, o.Source).Scan(&silent)
		if err != nil {
			return err
		}
		if !silent {
			return models.Errorf(models.CodeConflict, "%s is heard: there is nothing to set aside.", o.Source)
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO fallback_overrides AS f (source, reason, actor, since, ends) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (source) DO UPDATE SET reason = $2, actor = $3, since = $4, ends = $5 WHERE f.ends <= $4`,
			o.Source, o.Reason, o.Actor, o.Since, o.Ends)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return models.Errorf(models.CodeConflict, "The fallback of %s is set aside already.", o.Source)
		}
		return f.audit(ctx, tx, "fallback.lift", o.Source, o.Actor, o.Reason, map[string]any{"fallback": declared, "ends": o.Ends})
	})
	if err != nil {
		return fmt.Errorf("set the fallback of %s aside: %w", o.Source, err)
	}
	return nil
}

// Restore puts a fallback that was set aside in force before its time.
func (f *Fallbacks) Restore(ctx context.Context, source, actor, reason string, now time.Time) error {
	err := pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM fallback_overrides WHERE source = $1 AND ends > $2`, source, now)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return models.Errorf(models.CodeConflict, "The fallback of %s is in force already.", source)
		}
		return f.audit(ctx, tx, "fallback.restore", source, actor, reason, nil)
	})
	if err != nil {
		return fmt.Errorf("put the fallback of %s in force: %w", source, err)
	}
	return nil
}

func (f *Fallbacks) audit(ctx context.Context, tx pgx.Tx, action, source, actor, reason string, after map[string]any) error {
	entry := models.AuditEntry{Actor: actor, Action: action, Subject: "system:" + source, Reason: reason}
	if after != nil {
		text, err := json.Marshal(after)
		if err != nil {
			return err
		}
		entry.After = string(text)
	}
	return auditPgx(ctx, tx, entry)
}
