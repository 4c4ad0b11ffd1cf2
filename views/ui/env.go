package ui

import (
	"context"
	"time"
)

// Env is what every component of one answer shares. Put it into the context
// with WithEnv before rendering.
type Env struct {
	// Now is when the answer is made. Ages are counted to it; while it is
	// zero they show as absolute times.
	Now time.Time
	// Zone is the reader's; absolute times are written in it. UTC if nil.
	Zone *time.Location
	// Patch marks a fragment that replaces a part of a page already shown:
	// the outermost Region asks htmx to morph it into place by its id.
	Patch bool
	// Currency is the company's, in which headings and sums of money stand.
	Currency string
}

type envKey struct{}

// WithEnv returns a context in which components find env.
func WithEnv(ctx context.Context, env Env) context.Context {
	return context.WithValue(ctx, envKey{}, env)
}

// EnvFrom is the Env of ctx, or an empty one.
func EnvFrom(ctx context.Context) Env {
	env, _ := ctx.Value(envKey{}).(Env)
	return env
}

// zone is where absolute times are written.
func (e Env) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}
