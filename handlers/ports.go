package handlers

import (
	"context"

	"throughline/models"
)

// BadgeReader counts what waits in the queues.
type BadgeReader interface {
	Badges(ctx context.Context) ([]models.QueueCount, error)
}

// MeasureReader computes the executive measures and lists the rows behind one.
type MeasureReader interface {
	Read(ctx context.Context, p models.Period) ([]models.Measure, error)
	Rows(ctx context.Context, id models.MeasureID, p models.Period, limit int) ([]models.MeasureRow, error)
}

// RiskReader lists the open exceptions with the most money at risk.
type RiskReader interface {
	MostAtRisk(ctx context.Context, limit int) ([]models.Exception, error)
}
