package circuit

import (
	"context"
	"time"
)

// Call makes one call through the gate, unless the target is to be left alone:
// then it returns for how long. do says whether the call failed for a reason
// that may pass and what pause the target asked for.
func (g *Gate) Call(ctx context.Context, do func() (transient bool, asked time.Duration)) (refused time.Duration) {
	pass, wait, _ := g.Enter()
	if pass == nil {
		return wait
	}
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			pass.Drop()
			return wait
		}
	}
	transient, asked := do()
	if ctx.Err() != nil && transient {
		pass.Drop() // the caller went away, not the target
		return 0
	}
	pass.Done(transient, asked)
	return 0
}
