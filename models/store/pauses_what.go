package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Pausable reads what may be stopped: sources, flows, lanes and the systems that
// the tower calls. A flow is
// what a source has said something of, or owns, or what was paused before.
func (p *Pauses) Pausable(ctx context.Context) ([]models.Pausable, error) {
	sources, err := p.Sources(ctx)
	if err != nil {
		return nil, err
	}
	flows, err := p.flows(ctx)
	if err != nil {
		return nil, err
	}
	var all []models.Pausable
	for _, s := range sources {
		all = append(all, models.Pausable{Kind: models.PauseSource, Name: s})
	}
	for _, f := range flows {
		all = append(all, models.Pausable{Kind: models.PauseFlow, Name: f})
	}
	for _, lane := range []models.Lane{models.LaneRealtime, models.LaneBulk} {
		all = append(all, models.Pausable{Kind: models.PauseLane, Name: string(lane)})
	}
	for _, target := range []string{models.TargetERP, models.TargetForecasting, models.TargetReplenishment} {
		all = append(all, models.Pausable{Kind: models.PauseTarget, Name: target})
	}
	return all, nil
}

// Sources are everybody who has a key or is declared.
func (p *Pauses) Sources(ctx context.Context) ([]string, error) {
	rows, err := p.db.Pool.Query(ctx, `SELECT source FROM api_keys WHERE revoked_at IS NULL UNION SELECT source FROM books_received ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (p *Pauses) flows(ctx context.Context) ([]string, error) {
	rows, err := p.db.Pool.Query(ctx, `
		SELECT source || ':' || entity FROM freshness UNION SELECT source || ':' || entity FROM owners WHERE record = ''
		UNION SELECT name FROM pauses WHERE kind = 'flow' ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("read the flows: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
