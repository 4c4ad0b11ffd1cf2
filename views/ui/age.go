package ui

import (
	"context"
	"strconv"
	"time"
)

// Age is when something was so, and for how long it may be shown as current.
type Age struct {
	At time.Time
	// Window is how old it may become; past it the value is struck through
	// as stale, on the server and by the page's script. Zero: no limit.
	Window time.Duration
}

// Stale tells whether the value is past its window at now.
func (a Age) Stale(now time.Time) bool {
	return a.Window > 0 && !a.At.IsZero() && !now.IsZero() && now.Sub(a.At) > a.Window
}

func (a Age) datetime() string { return a.At.UTC().Format(time.RFC3339Nano) }

func (a Age) windowSeconds() string {
	return strconv.FormatFloat(a.Window.Seconds(), 'f', -1, 64)
}

func (a Age) text(ctx context.Context) string {
	env := EnvFrom(ctx)
	if env.Now.IsZero() {
		return a.At.In(env.zone()).Format("2 Jan 15:04:05")
	}
	return Ago(env.Now.Sub(a.At))
}

func (a Age) title(ctx context.Context) string {
	return Absolute(a.At, EnvFrom(ctx).zone())
}

func absolute(ctx context.Context, t time.Time) string {
	return Absolute(t, EnvFrom(ctx).zone())
}

func shortTime(ctx context.Context, t time.Time) string {
	env := EnvFrom(ctx)
	return ShortTime(t, env.Now, env.zone())
}
