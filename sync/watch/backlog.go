package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// backlog is PLT-01: what was accepted is not applied within its window.
type backlog struct {
	conditions interface {
		Oldest(ctx context.Context, now time.Time) ([]models.LaneLag, error)
	}
	windows Windows
}

func (backlog) Codes() []models.ExceptionCode { return []models.ExceptionCode{models.ExceptionBacklog} }

func (d backlog) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	lanes, err := d.conditions.Oldest(ctx, l.Real)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, lane := range lanes {
		// The bulk lane is there to wait when there is much to do.
		if lane.Lane != models.LaneRealtime || lane.Age <= d.windows.Backlog {
			continue
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionBacklog, Key: string(lane.Lane), AlsoTeam: models.TeamPlanner,
			Title: "Events wait longer than allowed until they take effect",
			Happened: fmt.Sprintf("The oldest event of the real-time lane that waits was accepted %s ago; %s are allowed. Nothing is lost, and all figures are that much older than they look.",
				ago(lane.Age), ago(d.windows.Backlog)),
			Risk: models.Risk{AtLeast: models.ConsequenceSerious, At: l.After(l.Real.Add(-lane.Age), d.windows.Soon)},
		})
	}
	return signals, nil
}
