package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// backlog is PLT-01: what was accepted is not applied within its window, or soon
// will not be if it goes on as it does.
type backlog struct {
	conditions interface {
		Oldest(ctx context.Context, now time.Time) ([]models.LaneLag, error)
		LaneLooks(ctx context.Context, lane models.Lane, now models.LaneLook) ([]models.LaneLook, error)
		SlowestStep(ctx context.Context, now time.Time) (models.LatencyCell, error)
		Stands(ctx context.Context, dedupeKey string) (bool, error)
	}
	windows Windows
}

func (backlog) Codes() []models.ExceptionCode { return []models.ExceptionCode{models.ExceptionBacklog} }

const (
	// crossesSoon is how long before the window is crossed somebody is told.
	crossesSoon = 5 * time.Minute
	// A growth is told of from this part of the window on, since a short wait may
	// grow by chance; what was told of stands until the wait is below the other
	// part and no longer than a minute ago, so that it does not come and go.
	riseTold, riseOver = 4, 2

	waitsLonger = "Events wait ever longer until they take effect"
)

func (d backlog) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	lanes, err := d.conditions.Oldest(ctx, l.Real)
	if err != nil {
		return nil, err
	}
	for _, lane := range lanes {
		if lane.Lane == models.LaneRealtime { // the bulk lane is there to wait when there is much to do
			return d.realtime(ctx, lane.Age, l)
		}
	}
	return nil, nil
}

func (d backlog) realtime(ctx context.Context, age time.Duration, l Look) ([]models.Signal, error) {
	looks, err := d.conditions.LaneLooks(ctx, models.LaneRealtime, models.LaneLook{At: l.Real, Age: age})
	if err != nil {
		return nil, err
	}
	s := models.Signal{Code: models.ExceptionBacklog, Key: string(models.LaneRealtime), AlsoTeam: models.TeamPlanner}
	stands, err := d.conditions.Stands(ctx, s.DedupeKey())
	if err != nil {
		return nil, err
	}
	window, left := d.windows.Backlog, time.Duration(0)
	s.Risk = models.Risk{AtLeast: models.ConsequenceEffect}
	rate, grows := models.LaneGrowth(looks)
	if grows {
		left = time.Duration(float64(window-age) / rate)
		s.Risk.At = l.After(l.Real.Add(left), d.windows.Soon)
	}
	switch {
	case age > window:
		s.Title = "Events wait longer than allowed until they take effect"
		s.Happened = fmt.Sprintf("The oldest event of the real-time lane that waits was accepted %s ago; %s are allowed.%s Nothing is lost, and all figures are that much older than they look.",
			ago(age), ago(window), growth(rate))
		s.Risk = models.Risk{AtLeast: models.ConsequenceSerious, At: l.After(l.Real.Add(-age), d.windows.Soon)}
	case grows && age > window/riseTold && left <= crossesSoon:
		s.Title = waitsLonger
		s.Happened = fmt.Sprintf("The oldest event of the real-time lane waits for %s.%s At this rate it waits longer than the %s that are allowed in %s.",
			ago(age), growth(rate), ago(window), ago(left))
	case stands && (age > window/riseOver || age > looks[0].Age):
		s.Title = "Events that waited are being caught up on"
		if len(looks) > 1 && age > looks[len(looks)-2].Age {
			s.Title = waitsLonger
		}
		s.Happened = fmt.Sprintf("The oldest event of the real-time lane waits for %s; %s are allowed.%s This closes once it is less than half of that and no longer grows.", ago(age), ago(window), growth(rate))
	default:
		return nil, nil
	}
	holds, err := d.constraint(ctx, l)
	s.Happened += holds
	return []models.Signal{s}, err
}

// growth says how fast the oldest age grows, nothing when it does not.
func growth(perSecond float64) string {
	if perSecond == 0 {
		return ""
	}
	return fmt.Sprintf(" It grows by %.1f s a minute.", 60*perSecond)
}

// constraint says where on the way from the log to the state the time goes.
func (d backlog) constraint(ctx context.Context, l Look) (string, error) {
	slowest, err := d.conditions.SlowestStep(ctx, l.Real)
	if err != nil {
		return "", err
	}
	if slowest.Stage == "" {
		return " What holds it up is the hop from the log to the state: nothing has taken effect in the last minutes.", nil
	}
	return fmt.Sprintf(" What holds it up is the hop from the log to the state: of its steps “%s” takes longest, %d ms at p95.",
		slowest.Stage, slowest.Spread.Quantile(0.95).Milliseconds()), nil
}
