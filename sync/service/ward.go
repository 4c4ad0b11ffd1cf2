package service

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// WardPatience is how long a vital loop may be without a good round where nobody says.
const WardPatience = time.Minute

// Ward knows the vital loops that were started under its context, so that
// somebody outside hears of one that fails or hangs while all else goes on. The
// zero value is ready; it is safe for concurrent use.
type Ward struct {
	// Patience is how long a loop may be without a good round, beyond its poll, until
	// it counts as ailing; 0 is WardPatience. It does not change once a loop started.
	Patience time.Duration

	mu    sync.Mutex
	loops []*Loop
}

type wardKey struct{}

// Over gives a context under which vital loops are known to the ward.
func (w *Ward) Over(ctx context.Context) context.Context {
	return context.WithValue(ctx, wardKey{}, w)
}

// Ailing names the vital loops that had no good round for too long at now.
func (w *Ward) Ailing(now time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	patience := orDefault(w.Patience, WardPatience)
	var names []string
	for _, l := range w.loops {
		if now.Sub(time.Unix(0, l.good.Load())) > l.cfg.Poll+l.cfg.Poll/5+patience {
			names = append(names, l.cfg.Name)
		}
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

// admit watches a loop until it is discharged.
func admit(ctx context.Context, l *Loop) (discharge func()) {
	w, is := ctx.Value(wardKey{}).(*Ward)
	if !is || !l.cfg.Vital {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loops = append(w.loops, l)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.loops = slices.DeleteFunc(w.loops, func(other *Loop) bool { return other == l })
	}
}
