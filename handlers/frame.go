// Package handlers answers the pages: one struct a screen. What a screen
// reads comes through the small interfaces of ports.go.
package handlers

import (
	"context"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/ui"
	"throughline/web/render"
	"throughline/web/session"
)

// Frame makes what all pages share: navigation, clock, reader, colours. It is
// safe for concurrent use.
type Frame struct {
	Badges  BadgeReader
	Clock   func() models.BusinessClock
	Now     func() time.Time
	Version string
	Money   *Currency
	Demo    bool // there is something to break
	// Exchange says in two words how the demo's systems exchange, where that is
	// not live.
	Exchange string
	Log      *slog.Logger
}

// Currency is the company's currency now.
func (f *Frame) Currency(ctx context.Context) string { return f.Money.At(ctx, f.Now()) }

// Page is the shell of one page for the reader who asks. It also puts the
// moment of the answer into the request's context, from which ages are counted.
func (f *Frame) Page(c echo.Context, active, title string) layout.Page {
	user, _ := session.User(c.Request().Context())
	now := f.Now()
	c.SetRequest(c.Request().WithContext(ui.WithEnv(c.Request().Context(), ui.Env{Now: now, Zone: time.UTC, Currency: f.Currency(c.Request().Context())})))
	return layout.Page{
		Title:  title,
		Active: active,
		Shell: layout.Shell{
			User:    layout.User{Name: user.FullName, Role: user.Role.Word()},
			Nav:     f.navigation(c.Request().Context(), user.Role),
			Clock:   f.ShownClock(now),
			Theme:   render.Theme(c.Request()),
			Version: f.Version,
		},
	}
}

func (f *Frame) navigation(ctx context.Context, role models.Role) []layout.NavGroup {
	groups := layout.Navigation(role, f.badges(ctx))
	if f.Demo {
		groups = append(groups, layout.NavGroup{
			Title: "Demo", Items: []layout.NavItem{
				{Key: navFaults, Name: "Break something", Href: faultsPath},
				{Key: navGallery, Name: "Gallery", Href: galleryPath},
			},
		})
	}
	return groups
}

// Patch is a context for a fragment that the hub sends to many readers.
func (f *Frame) Patch(ctx context.Context) context.Context {
	return ui.WithEnv(ctx, ui.Env{Now: f.Now(), Zone: time.UTC, Patch: true, Currency: f.Currency(ctx)})
}

// badges are a convenience: a page without its counts is better than no page.
func (f *Frame) badges(ctx context.Context) map[string]layout.NavBadge {
	counts, err := f.Badges.Badges(ctx)
	if err != nil {
		f.Log.WarnContext(ctx, "the counts of the navigation could not be read", slog.Any("error", err))
		return nil
	}
	badges := make(map[string]layout.NavBadge, len(counts))
	for _, count := range counts {
		badges[navKey(count.Queue)] = layout.NavBadge{Count: ui.Count(int64(count.Open)), Severity: severityOf(count.Worst)}
	}
	return badges
}

func navKey(q models.Queue) string {
	switch q {
	case models.QueueApprovals:
		return layout.NavApprovals
	case models.QueuePlanner:
		return layout.NavPlanning
	case models.QueueProcurement:
		return layout.NavProcurement
	case models.QueueIT:
		return layout.NavIT
	}
	return ""
}

// ShownClock is what every page says of the demo's time and exchange; the zero
// value outside of the demo.
func (f *Frame) ShownClock(now time.Time) layout.Clock {
	clock := f.Clock()
	if clock.Day == 24*time.Hour && f.Exchange == "" {
		return layout.Clock{}
	}
	rate := "1 day = " + ui.Took(clock.Day)
	if f.Exchange != "" {
		rate += " · " + f.Exchange
	}
	return layout.Clock{Business: clock.At(now), Rate: rate}
}

// severityOf turns a priority into how it is drawn; only what needs someone is coloured.
func severityOf(p models.Priority) ui.Severity {
	switch p {
	case models.PriorityP1:
		return ui.P1
	case models.PriorityP2:
		return ui.P2
	case models.PriorityP3:
		return ui.P3
	case models.PriorityP4:
		return ui.P4
	case models.PriorityLog:
	}
	return 0
}
