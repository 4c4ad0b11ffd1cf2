package fault

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"throughline/models"
	"throughline/sync/simulator/simdb"
)

// Board knows all faults, breaks them and keeps the log. It is safe for
// concurrent use; Register everything before it is used.
type Board struct {
	db     simdb.Querier
	now    func() time.Time
	rates  Rates
	logger *slog.Logger

	breaking sync.Mutex // one fault at a time
	draw     *rand.Rand // guarded by breaking
	mu       sync.Mutex
	faults   []Fault
	last     map[string]Entry
	count    map[string]int
}

// NewBoard continues the log of a database that simdb.Open prepared: a fault
// that was to last longer than the process still lasts.
func NewBoard(ctx context.Context, db simdb.Querier, rates Rates, now func() time.Time, logger *slog.Logger) (*Board, error) {
	b := &Board{
		db: db, now: now, rates: rates, logger: logger,
		last: make(map[string]Entry), count: make(map[string]int),
	}
	b.Seed(rand.Uint64())
	entries, err := b.Log(ctx, 0)
	if err != nil {
		return nil, err
	}
	for _, entry := range slices.Backward(entries) {
		b.last[entry.Name] = entry
		b.count[entry.Name]++
	}
	return b, nil
}

// Seed makes what faults hit repeatable, as far as what is there to hit is the same.
func (b *Board) Seed(seed uint64) {
	b.breaking.Lock()
	defer b.breaking.Unlock()
	b.draw = rand.New(rand.NewPCG(seed, seed))
}

// N draws a number below n; only a Break may ask.
func (b *Board) N(n int) int { return b.draw.IntN(n) }

// Register adds a fault.
func (b *Board) Register(faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, faults...)
}

// Active reports whether a fault with a duration lasts, and what it hit.
func (b *Board) Active(name string) (target string, active bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	entry, ok := b.last[name]
	return entry.Target, ok && b.now().Before(entry.EndsAt)
}

// Trigger breaks something now. It returns a CodeNotFound error for an unknown
// name and CodeConflict for a fault that lasts already.
func (b *Board) Trigger(ctx context.Context, name string, cause Cause) (Entry, error) {
	return b.TriggerFor(ctx, name, cause, 0)
}

// TriggerFor is Trigger of a fault that lasts, for another time than its own
// when lasting is not 0.
func (b *Board) TriggerFor(ctx context.Context, name string, cause Cause, lasting time.Duration) (Entry, error) {
	b.breaking.Lock()
	defer b.breaking.Unlock()
	fault, ok := b.find(name)
	if !ok {
		return Entry{}, models.Errorf(models.CodeNotFound, "there is no fault %q", name)
	}
	if _, active := b.Active(name); active {
		return Entry{}, models.Errorf(models.CodeConflict, "%s lasts already", name)
	}
	if lasting != 0 && fault.Duration == 0 {
		return Entry{}, models.Errorf(models.CodeInvalid, "%s is over at once", name)
	}
	if lasting != 0 {
		fault.Duration = lasting
	}
	entry := Entry{Name: name, Cause: cause, StartedAt: b.now().UTC()}
	entry.EndsAt = entry.StartedAt.Add(fault.Duration)
	if fault.Break != nil {
		target, err := fault.Break(ctx)
		if err != nil {
			return Entry{}, fmt.Errorf("break %s: %w", name, err)
		}
		entry.Target = target
	}
	err := b.db.QueryRow(ctx, `INSERT INTO fault_log (name, cause, target, started_at, ends_at)
		VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		entry.Name, string(entry.Cause), entry.Target, entry.StartedAt, entry.EndsAt).Scan(&entry.ID)
	if err != nil {
		return Entry{}, fmt.Errorf("log the fault %s: %w", name, err)
	}
	b.mu.Lock()
	b.last[name] = entry
	b.count[name]++
	b.mu.Unlock()
	b.logger.InfoContext(ctx, "broken on purpose", slog.String("fault", name),
		slog.String("cause", string(cause)), slog.String("target", entry.Target))
	return entry, nil
}

// End ends a fault that lasts now, before its time; CodeConflict when it does not last.
func (b *Board) End(ctx context.Context, name string) error {
	b.breaking.Lock()
	defer b.breaking.Unlock()
	if _, active := b.Active(name); !active {
		return models.Errorf(models.CodeConflict, "%s does not last", name)
	}
	b.mu.Lock()
	entry := b.last[name]
	entry.EndsAt = b.now().UTC()
	b.last[name] = entry
	b.mu.Unlock()
	if _, err := b.db.Exec(ctx, "UPDATE fault_log SET ends_at = $2 WHERE id = $1", entry.ID, entry.EndsAt); err != nil {
		return fmt.Errorf("log the end of the fault %s: %w", name, err)
	}
	return nil
}

// Struck completes the newest entry of a fault that lay in wait: it happens now,
// and this is what it hit.
func (b *Board) Struck(ctx context.Context, name, target string) error {
	b.mu.Lock()
	entry := b.last[name]
	entry.Target, entry.StartedAt = target, b.now().UTC()
	entry.EndsAt = entry.StartedAt
	b.last[name] = entry
	b.mu.Unlock()
	if _, err := b.db.Exec(ctx, "UPDATE fault_log SET target = $2, started_at = $3, ends_at = $3 WHERE id = $1", entry.ID, target, entry.StartedAt); err != nil {
		return fmt.Errorf("log what the fault %s hit: %w", name, err)
	}
	return nil
}

func (b *Board) find(name string) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.faults, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		return Fault{}, false
	}
	return b.faults[i], true
}

// Statuses lists every fault as it stands, in the order of registration.
func (b *Board) Statuses() []Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	statuses := make([]Status, len(b.faults))
	for i, fault := range b.faults {
		s := Status{
			Name: fault.Name, Description: fault.Description, State: "idle",
			RatePerDay: b.rates[fault.Name], Count: b.count[fault.Name],
		}
		if entry, ok := b.last[fault.Name]; ok {
			s.LastAt, s.Target = &entry.StartedAt, entry.Target
			if b.now().Before(entry.EndsAt) {
				s.State, s.EndsAt = "active", &entry.EndsAt
			}
		}
		statuses[i] = s
	}
	return statuses
}

// Log lists the newest entries, newest first; limit 0 means all.
func (b *Board) Log(ctx context.Context, limit int) ([]Entry, error) {
	rows, err := b.db.Query(ctx, `SELECT id, name, cause, target, started_at, ends_at
		FROM fault_log ORDER BY id DESC LIMIT NULLIF($1, 0)`, limit)
	if err != nil {
		return nil, fmt.Errorf("read the fault log: %w", err)
	}
	defer rows.Close()
	entries := []Entry{}
	for rows.Next() {
		var e Entry
		if err := rows.Scan(&e.ID, &e.Name, &e.Cause, &e.Target, &e.StartedAt, &e.EndsAt); err != nil {
			return nil, fmt.Errorf("read the fault log: %w", err)
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// Roll lets every fault come by its rate for a stretch of business time. A
// fault that has nothing to hit at the moment does not come.
func (b *Board) Roll(ctx context.Context, business time.Duration) {
	share := business.Hours() / 24
	for _, status := range b.Statuses() {
		if status.State == "active" || rand.Float64() >= status.RatePerDay*share {
			continue
		}
		if _, err := b.Trigger(ctx, status.Name, ByRate); err != nil && ctx.Err() == nil {
			b.logger.WarnContext(ctx, "fault did not come", slog.String("fault", status.Name), slog.Any("error", err))
		}
	}
}
