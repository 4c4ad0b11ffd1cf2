package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"throughline/models"
	"throughline/models/store"
)

const (
	// databaseMemory is how long what was read serves whoever asks again: nobody
	// can load the database by asking often.
	databaseMemory   = 5 * time.Second
	databasePatience = 3 * time.Second
)

var (
	databaseUp   = prometheus.NewDesc(namespace+"database_up", "1 when the database answered, 0 when what it knows is missing here.", nil, nil)
	lagEvents    = prometheus.NewDesc(namespace+"apply_lag_events", "Accepted events that are not applied yet.", []string{"lane"}, nil)
	lagSeconds   = prometheus.NewDesc(namespace+"apply_lag_seconds", "Age of the oldest accepted event that is not applied yet.", []string{"lane"}, nil)
	behindEvents = prometheus.NewDesc(namespace+"consumer_lag_events", "Changes that a consumer has not seen yet; route:NAME is the subscription NAME.", []string{"consumer"}, nil)
	behindAge    = prometheus.NewDesc(namespace+"consumer_lag_seconds", "Age of the oldest change that a consumer has not seen yet.", []string{"consumer"}, nil)
	circuits     = prometheus.NewDesc(namespace+"circuit_state", "1 for the state of the circuit of a target, 0 for the others; route:NAME is the subscription NAME.", []string{"target", "state"}, nil)
	replicaLag   = prometheus.NewDesc(namespace+"replica_lag_bytes", "Changes of the database that a replica lacks.", []string{"replica"}, nil)
	writes       = prometheus.NewDesc(namespace+"erp_writes", "Orders to be made in the ERP, by where they stand.", []string{"state"}, nil)
	bookEvents   = prometheus.NewDesc(namespace+"books_events", "The books: accepted events of a source, by what became of them.", []string{"source", "account"}, nil)
)

// databaseCollector reads what only the database knows. It is safe for concurrent use.
type databaseCollector struct {
	lag      *store.Lag
	changes  *store.Changes
	books    *store.Books
	targets  *store.Circuits
	machines *store.Machines
	log      *slog.Logger

	mu     sync.Mutex
	read   time.Time
	memory []prometheus.Metric
}

func newDatabaseCollector(db *store.DB, log *slog.Logger) *databaseCollector {
	return &databaseCollector{lag: store.NewLag(db), changes: store.NewChanges(db), books: store.NewBooks(db), targets: store.NewCircuits(db), machines: store.NewMachines(db), log: log}
}

// Describe names no metric: which there are depends on what can be read.
func (c *databaseCollector) Describe(to chan<- *prometheus.Desc) { to <- databaseUp }

// Collect gives what was read a moment ago, or reads it.
func (c *databaseCollector) Collect(to chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.read) > databaseMemory {
		c.memory, c.read = c.look(), time.Now()
	}
	for _, m := range c.memory {
		to <- m
	}
}

func (c *databaseCollector) look() []prometheus.Metric {
	ctx, cancel := context.WithTimeout(context.Background(), databasePatience)
	defer cancel()
	var all reading
	for _, read := range []func(context.Context, *reading) error{c.lanes, c.consumers, c.erp, c.accounts, c.circuits} {
		if err := read(ctx, &all); err != nil {
			c.log.DebugContext(ctx, "metrics of the database are missing", slog.Any("error", err))
			return reading{}.with(databaseUp, 0)
		}
	}
	if err := c.replicas(ctx, &all); err != nil { // a replica that cannot be asked about hides nothing else
		c.log.DebugContext(ctx, "metrics of the replicas are missing", slog.Any("error", err))
	}
	return all.with(databaseUp, 1)
}

// reading gathers gauges.
type reading []prometheus.Metric

func (r reading) with(desc *prometheus.Desc, value float64, labels ...string) reading {
	return append(r, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...))
}

func (c *databaseCollector) lanes(ctx context.Context, all *reading) error {
	lanes, err := c.lag.Lanes(ctx)
	for _, l := range lanes {
		*all = all.with(lagEvents, float64(l.Events), string(l.Lane)).with(lagSeconds, l.Age.Seconds(), string(l.Lane))
	}
	return err
}

func (c *databaseCollector) consumers(ctx context.Context, all *reading) error {
	backlogs, err := c.changes.Backlogs(ctx, time.Now())
	for _, b := range backlogs {
		*all = all.with(behindEvents, float64(b.Events), b.Consumer).with(behindAge, b.Age.Seconds(), b.Consumer)
	}
	return err
}

func (c *databaseCollector) erp(ctx context.Context, all *reading) error {
	counts, err := c.lag.ERPWrites(ctx)
	for _, state := range models.ERPWriteStates() {
		*all = all.with(writes, float64(counts[state]), string(state))
	}
	return err
}

func (c *databaseCollector) accounts(ctx context.Context, all *reading) error {
	books, err := c.books.Read(ctx)
	for _, s := range books.Sources {
		for account, events := range map[string]int64{
			"received": s.Received, "applied": s.Applied, "superseded": s.Superseded, "parked": s.Parked,
			"discarded": s.Discarded, "pending": s.Pending, "duplicate": s.Duplicate,
		} {
			*all = all.with(bookEvents, float64(events), s.Source, account)
		}
	}
	return err
}

func (c *databaseCollector) circuits(ctx context.Context, all *reading) error {
	targets, err := c.targets.Circuits(ctx)
	for _, t := range targets {
		for _, state := range models.CircuitStates() {
			value := 0.0
			if t.State == state {
				value = 1
			}
			*all = all.with(circuits, value, t.Target, string(state))
		}
	}
	return err
}

func (c *databaseCollector) replicas(ctx context.Context, all *reading) error {
	replicas, err := c.machines.Replicas(ctx)
	for _, r := range replicas {
		*all = all.with(replicaLag, float64(r.Behind), r.Name)
	}
	return err
}
