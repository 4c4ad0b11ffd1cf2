package ingest

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"throughline/models"
	"throughline/sync/service"
)

// TroubleStore keeps what a TroubleRecorder gathered.
type TroubleStore interface {
	Record(ctx context.Context, troubles []models.KeyTrouble) error
}

// TroubleRecorder gathers what goes wrong with API keys and stores it about once
// a second, so that a sender who does not give up costs the database little. It
// is safe for concurrent use.
type TroubleRecorder struct {
	*service.Loop
	store TroubleStore
	now   func() time.Time

	mu     sync.Mutex
	spells map[troubleKey]models.KeyTrouble
}

type troubleKey struct {
	key  int64
	kind models.TroubleKind
}

// NewTroubleRecorder makes a TroubleRecorder that has not started.
func NewTroubleRecorder(store TroubleStore, now func() time.Time, logger *slog.Logger) (*TroubleRecorder, error) {
	r := &TroubleRecorder{store: store, now: now, spells: map[troubleKey]models.KeyTrouble{}}
	var err error
	r.Loop, err = service.New(service.Config{Name: "trouble with keys", RunOnce: r.runOnce, Poll: recordPoll, Logger: logger})
	return r, err
}

// Stop stores what is gathered and stops.
func (r *TroubleRecorder) Stop(ctx context.Context) error {
	err := r.Loop.Stop(ctx)
	if _, last := r.runOnce(ctx); err == nil {
		err = last
	}
	return err
}

// Quota notes a call that had trouble with the key's quota. It never blocks on I/O.
func (r *TroubleRecorder) Quota(key models.APIKey, kind models.TroubleKind, left models.Quota) {
	r.add(key, kind, left.Remaining)
}

// Refused notes a call with the key that was answered 401 or 403. It never blocks on I/O.
func (r *TroubleRecorder) Refused(key models.APIKey) {
	r.add(key, models.TroubleOf(key, r.now()), 0)
}

func (r *TroubleRecorder) add(key models.APIKey, kind models.TroubleKind, spare int) {
	at := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.merge(models.KeyTrouble{Key: key, Kind: kind, Since: at, LastAt: at, Calls: 1, Spare: spare})
}

// merge adds a spell to what is gathered of its key and kind. The caller holds mu.
func (r *TroubleRecorder) merge(t models.KeyTrouble) {
	id := troubleKey{t.Key.ID, t.Kind}
	known, ok := r.spells[id]
	if !ok {
		r.spells[id] = t
		return
	}
	known.Calls += t.Calls
	if t.Since.Before(known.Since) {
		known.Since = t.Since
	}
	if !t.LastAt.Before(known.LastAt) {
		known.LastAt, known.Spare = t.LastAt, t.Spare
	}
	r.spells[id] = known
}

func (r *TroubleRecorder) runOnce(ctx context.Context) (more bool, err error) {
	r.mu.Lock()
	gathered := r.spells
	r.spells = map[troubleKey]models.KeyTrouble{}
	r.mu.Unlock()
	if len(gathered) == 0 {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := r.store.Record(ctx, sortedTroubles(gathered)); err != nil {
		r.putBack(gathered)
		return false, err
	}
	return false, nil
}

// putBack keeps what a failed flush did not store.
func (r *TroubleRecorder) putBack(gathered map[troubleKey]models.KeyTrouble) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range gathered {
		r.merge(t)
	}
}

// sortedTroubles are in one order in every process, so that two of them cannot deadlock.
func sortedTroubles(gathered map[troubleKey]models.KeyTrouble) []models.KeyTrouble {
	list := make([]models.KeyTrouble, 0, len(gathered))
	for _, t := range gathered {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b models.KeyTrouble) int {
		return cmp.Or(cmp.Compare(a.Key.ID, b.Key.ID), cmp.Compare(a.Kind, b.Kind))
	})
	return list
}
