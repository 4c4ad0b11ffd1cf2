// Package eventlog appends to the event log in batches that load itself makes,
// and tells its readers.
package eventlog

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// Log is what an Appender needs of the store.
type Log interface {
	Append(ctx context.Context, lane models.Lane, entries []store.Entry) (map[store.Digest]int64, error)
	Known(ctx context.Context, hashes []store.Digest) (map[store.Digest]store.KnownKey, error)
	CountDuplicates(ctx context.Context, lane models.Lane, bySource map[string]int64) error
}

// Config bounds an Appender. Log is required.
type Config struct {
	Log           Log
	Signal        *Signal       // told which shards have grown; nil tells nobody
	MaxBatch      int           // events of one commit; default 1,000. A larger request is still one commit
	MaxBatchBytes int           // bytes of one commit, likewise; default 16 MB
	MaxQueue      int           // events of a lane that wait for a commit; default 20,000
	MaxQueueBytes int           // and their bytes; default 64 MB
	CommitTimeout time.Duration // of one commit; default 15 s
	// Traffic is told of the real-time lane's commits, and those of the bulk lane
	// give way to it. Default: they do not.
	Traffic *service.Traffic
	Logger  *slog.Logger // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Log == nil {
		return errors.New("eventlog: an appender needs a log")
	}
	for _, bound := range []struct {
		value    *int
		standard int
	}{{&c.MaxBatch, 1000}, {&c.MaxBatchBytes, 16 << 20}, {&c.MaxQueue, 20_000}, {&c.MaxQueueBytes, 64 << 20}} {
		if *bound.value == 0 {
			*bound.value = bound.standard
		}
		if *bound.value < 0 {
			return errors.New("eventlog: bounds must be positive")
		}
	}
	if c.CommitTimeout == 0 {
		c.CommitTimeout = 15 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

// Appender is the one writer of the log in this process, with a queue and a
// commit of its own for each lane. While one commit is under way the next batch
// gathers: no timer decides. It is safe for concurrent use.
type Appender struct {
	realtime, bulk *lane
	loops          service.Group
}

// New makes an Appender that has not started.
func New(cfg Config) (*Appender, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &Appender{}
	var err error
	if a.realtime, err = newLane(cfg, models.LaneRealtime); err != nil {
		return nil, err
	}
	if a.bulk, err = newLane(cfg, models.LaneBulk); err != nil {
		return nil, err
	}
	a.loops = service.Group{a.realtime.loop, a.bulk.loop}
	return a, nil
}

// Start begins to commit.
func (a *Appender) Start(ctx context.Context) error { return a.loops.Start(ctx) }

// Stop refuses new events, ends the running commit and fails what still waits.
func (a *Appender) Stop(ctx context.Context) error {
	a.realtime.close()
	a.bulk.close()
	err := a.loops.Stop(ctx)
	a.realtime.failWaiting(errStopping())
	a.bulk.failWaiting(errStopping())
	return err
}

// Outcome is what became of one event.
type Outcome struct {
	Status models.IntakeStatus // accepted, duplicate or conflict
	Seq    int64               // its place in the log; of the known one when it is a duplicate
}

// Append returns when every entry is durable, with their outcomes in order. An
// error says that none of them may be counted on and that the same request may
// be sent again: CodeUnavailable when the queue is full or the database cannot
// take more now. The entries must not be changed afterwards.
func (a *Appender) Append(ctx context.Context, entries []store.Entry) ([]Outcome, error) {
	realtime, bulk := split(entries)
	switch {
	case len(bulk) == 0:
		return a.realtime.append(ctx, entries)
	case len(realtime) == 0:
		return a.bulk.append(ctx, entries)
	}
	return a.appendBoth(ctx, entries, realtime, bulk)
}

// split returns the indexes of each lane's entries; both only when they are mixed.
func split(entries []store.Entry) (realtime, bulk []int) {
	mixed := false
	for i := range entries {
		mixed = mixed || entries[i].Type.Lane() != entries[0].Type.Lane()
	}
	if !mixed {
		if len(entries) > 0 && entries[0].Type.Lane() == models.LaneBulk {
			return nil, []int{0}
		}
		return []int{0}, nil
	}
	for i := range entries {
		if entries[i].Type.Lane() == models.LaneBulk {
			bulk = append(bulk, i)
		} else {
			realtime = append(realtime, i)
		}
	}
	return realtime, bulk
}

func (a *Appender) appendBoth(ctx context.Context, entries []store.Entry, realtime, bulk []int) ([]Outcome, error) {
	outcomes := make([]Outcome, len(entries))
	for _, part := range []struct {
		lane    *lane
		indexes []int
	}{{a.realtime, realtime}, {a.bulk, bulk}} {
		chosen := make([]store.Entry, len(part.indexes))
		for i, at := range part.indexes {
			chosen[i] = entries[at]
		}
		result, err := part.lane.append(ctx, chosen)
		if err != nil {
			return nil, err
		}
		for i, at := range part.indexes {
			outcomes[at] = result[i]
		}
	}
	return outcomes, nil
}
