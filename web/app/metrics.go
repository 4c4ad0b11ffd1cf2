package app

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"throughline/models"
)

// metrics is one registry and what this process counts as it happens; what the
// database knows is read when somebody asks. docs/OPERATIONS.md lists the names.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec

	intakeRequests *prometheus.CounterVec
	intakeEvents   *prometheus.CounterVec
	throttled      *prometheus.CounterVec
	unknownKeys    prometheus.Counter
	commitEvents   *prometheus.HistogramVec
	commitSeconds  *prometheus.HistogramVec
	commitFailures *prometheus.CounterVec
	batchEvents    *prometheus.HistogramVec
	batchSeconds   *prometheus.HistogramVec
	deliveries     *prometheus.CounterVec
	delivered      *prometheus.CounterVec
}

func newMetrics(version string) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	sizes := prometheus.ExponentialBuckets(1, 2, 11)           // 1 to 1,024 events
	durations := prometheus.ExponentialBuckets(0.001, 2.5, 10) // 1 ms to 3.8 s
	m.requests = m.histogram("http_request_duration_seconds", "Time to answer an HTTP request.", durations, "route", "method", "status")
	m.intakeRequests = m.counter("intake_requests_total", "Requests that brought events, by what became of them.", "outcome")
	m.intakeEvents = m.counter("intake_events_total", "Events that were answered, by what became of them.", "outcome")
	m.throttled = m.counter("throttled_requests_total", "Requests that were refused because of their API key's limit.", "source")
	m.unknownKeys = prometheus.NewCounter(prometheus.CounterOpts{Name: namespace + "unknown_key_requests_total", Help: "Requests that were refused because nobody has their API key."})
	m.registry.MustRegister(m.unknownKeys)
	m.commitEvents = m.histogram("commit_events", "Events of one commit to the event log.", sizes, "lane")
	m.commitSeconds = m.histogram("commit_duration_seconds", "Time of one commit to the event log.", durations, "lane")
	m.commitFailures = m.counter("commit_failures_total", "Commits to the event log that failed.", "lane")
	for _, lane := range []models.Lane{models.LaneRealtime, models.LaneBulk} {
		m.commitFailures.WithLabelValues(string(lane)) // there from the start, so that the first failure is an increase
	}
	m.batchEvents = m.histogram("apply_batch_events", "Events of one batch that was applied.", sizes, "lane")
	m.batchSeconds = m.histogram("apply_batch_duration_seconds", "Time to apply one batch, its commit included.", durations, "lane")
	m.deliveries = m.counter("deliveries_total", "Attempts to deliver a message to a subscription.", "subscription", "outcome")
	m.delivered = m.counter("delivered_events_total", "Events that a subscription has taken.", "subscription")
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: namespace + "build_info", Help: "Always 1; the label says which version runs."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

const namespace = "throughline_"

func (m *metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: namespace + name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: namespace + name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

func (m *metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: namespace + name, Help: help}, value))
}

func (m *metrics) observe(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
