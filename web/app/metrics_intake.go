package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"throughline/handlers/api"
	"throughline/models"
	"throughline/models/store"
	"throughline/sync/eventlog"
)

// countedIntake counts what is asked of an intake and what it answers.
type countedIntake struct {
	api.Intake
	metrics *metrics
}

func (i countedIntake) Accept(ctx context.Context, r models.IntakeRequest) (models.IntakeAnswer, error) {
	answer, err := i.Intake.Accept(ctx, r)
	if err != nil {
		i.metrics.intakeRequests.WithLabelValues(string(models.CodeOf(err))).Inc()
		return answer, err
	}
	outcome := models.IntakeAccepted
	switch {
	case answer.Nothing() && answer.Paused > 0:
		outcome = models.IntakePaused
	case answer.Nothing() && answer.Rejected > 0:
		outcome = models.IntakeRejected
	}
	i.metrics.intakeRequests.WithLabelValues(string(outcome)).Inc()
	for status, n := range map[models.IntakeStatus]int{
		models.IntakeAccepted: answer.Accepted, models.IntakeDuplicate: answer.Duplicate,
		models.IntakeConflict: answer.Conflict, models.IntakeRejected: answer.Rejected, models.IntakePaused: answer.Paused,
	} {
		i.metrics.intakeEvents.WithLabelValues(string(status)).Add(float64(n))
	}
	return answer, nil
}

// measuredLog measures the commits to a log.
type measuredLog struct {
	eventlog.Log
	metrics *metrics
}

func (l measuredLog) Append(ctx context.Context, lane models.Lane, entries []store.Entry) (map[store.Digest]int64, error) {
	began := time.Now()
	fresh, err := l.Log.Append(ctx, lane, entries)
	if err != nil {
		l.metrics.commitFailures.WithLabelValues(string(lane)).Inc()
		return fresh, err
	}
	l.metrics.commitEvents.WithLabelValues(string(lane)).Observe(float64(len(entries)))
	l.metrics.commitSeconds.WithLabelValues(string(lane)).Observe(time.Since(began).Seconds())
	return fresh, nil
}

var (
	queueEvents = prometheus.NewDesc(namespace+"intake_queue_events", "Events that wait for their commit.", []string{"lane"}, nil)
	queueBytes  = prometheus.NewDesc(namespace+"intake_queue_bytes", "Memory of the events that wait for their commit, estimated.", []string{"lane"}, nil)
)

// queueCollector says what waits in front of the event log.
type queueCollector struct{ appender *eventlog.Appender }

func (queueCollector) Describe(to chan<- *prometheus.Desc) { to <- queueEvents; to <- queueBytes }

func (c queueCollector) Collect(to chan<- prometheus.Metric) {
	for _, q := range c.appender.Waiting() {
		to <- prometheus.MustNewConstMetric(queueEvents, prometheus.GaugeValue, float64(q.Events), string(q.Lane))
		to <- prometheus.MustNewConstMetric(queueBytes, prometheus.GaugeValue, float64(q.Bytes), string(q.Lane))
	}
}
