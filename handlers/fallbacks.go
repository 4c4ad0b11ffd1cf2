package handlers

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
)

// Fallbacks sets what happens while a feed is late aside for a while.
type Fallbacks struct {
	Frame *Frame
	Keep  FallbackKeeper
}

// Lift answers POST /approvals/fallbacks/:source/lift.
func (h *Fallbacks) Lift(c echo.Context) error {
	now := h.Frame.Now()
	length, err := time.ParseDuration(strings.TrimSpace(c.FormValue("for")))
	if err != nil {
		length = 0 // which the override refuses with what to say
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		o := models.FallbackOverride{Source: c.Param("source"), Reason: reason, Actor: actor, Since: now, Ends: now.Add(length)}
		return "Set aside until " + models.Instant(o.Ends) + ": others may approve on the last good figures of " + o.Source + ".", h.Keep.Lift(ctx, o)
	})
}

// Restore answers POST /approvals/fallbacks/:source/restore.
func (h *Fallbacks) Restore(c echo.Context) error {
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		source := c.Param("source")
		return "The fallback of " + source + " is in force again.", h.Keep.Restore(ctx, source, actor, reason, h.Frame.Now())
	})
}

// lateNotices tell of each late system what happens meanwhile, and let who may
// approve change that.
func (h *Approvals) lateNotices(c echo.Context, late []models.LateFeed) []ui.Notice {
	decides, now := may(c, h.Policy, authz.ApproveProposals), h.Frame.Now()
	var notices []ui.Notice
	for _, bySource := range grouped(late) {
		notice := lateNotice(bySource, now)
		if action := fallbackAction(bySource[0]); action != nil && decides {
			notice.Actions = cells(ui.ActionButton(*action))
		}
		notices = append(notices, notice)
	}
	return notices
}

// grouped puts the feeds of a system together, in the order given.
func grouped(late []models.LateFeed) [][]models.LateFeed {
	var groups [][]models.LateFeed
	for _, f := range late {
		at := slices.IndexFunc(groups, func(g []models.LateFeed) bool { return g[0].Source == f.Source })
		if at < 0 {
			groups = append(groups, nil)
			at = len(groups) - 1
		}
		groups[at] = append(groups[at], f)
	}
	return groups
}

func lateNotice(late []models.LateFeed, now time.Time) ui.Notice {
	first := late[0]
	effect := map[models.Fallback]string{
		models.FallbackHold:     "what stands on it is held, and judged by itself when it is heard",
		models.FallbackManual:   "the policy approves nothing that stands on it; a person decides",
		models.FallbackLastGood: "recommendations stand on its last good figures, and are marked",
	}
	notice := ui.Notice{Kind: ui.Partial, Title: models.SourceName(first.Source) + " is silent", Detail: capital(effect[first.Fallback()]) + "."}
	if dcs := lateDCs(late); dcs != "" {
		notice.Title += " about " + dcs
	}
	notice.Title += ", noticed " + ui.Took(now.Sub(first.Since).Truncate(time.Second)) + " ago"
	if o := first.Lifted; o != nil {
		notice.Detail += " " + o.Actor + " set the fallback aside for " + ui.Took(o.Ends.Sub(now).Truncate(time.Second)) + " more: " + o.Reason
	}
	return notice
}

// lateDCs names the DCs that a system is silent about; empty for all.
func lateDCs(late []models.LateFeed) string {
	var dcs []string
	for _, f := range late {
		if f.DC == "" {
			return ""
		}
		dcs = append(dcs, f.DC)
	}
	return strings.Join(dcs, ", ")
}

func fallbackAction(f models.LateFeed) *ui.Action {
	address := "/approvals/fallbacks/" + url.PathEscape(f.Source)
	switch {
	case f.Lifted != nil:
		return &ui.Action{Label: "Put it in force", Of: f.Source, URL: address + "/restore"}
	case f.Declared == models.FallbackLastGood:
		return nil
	default:
		return &ui.Action{Label: "Go on without it…", Of: f.Source, URL: address + "/lift", Confirm: &ui.Confirm{
			ID: "lift-" + f.Source, Title: "Decide on the last good figures of " + f.Source + "?",
			Body:   liftEffect(f.Declared),
			Inputs: []ui.Input{{Name: "for", Label: "For how long", Value: "30m", Hint: "from 1m to 4h"}},
			Reason: "Why it cannot wait", Label: "Set aside",
		}}
	}
}

// liftEffect says what setting a fallback aside does.
func liftEffect(declared models.Fallback) string {
	if declared == models.FallbackHold {
		return "What is held is judged as if the system were heard, and marked: the policy may approve what is small, and people the rest, but not you. It ends when the system is heard, at the latest after this time."
	}
	return "What comes meanwhile is judged as if the system were heard, and marked: the policy may approve what is small. It ends when the system is heard, at the latest after this time."
}

// lateMark says in a cell that a recommendation stands on a feed that is late,
// or entered on its last good figures; nil when all was heard.
func lateMark(p models.Proposal, late []models.LateFeed) templ.Component {
	f := models.StrictestFallback(late, p.DC, p.FromDC)
	since := ""
	if f.Source != "" {
		since = models.SourceName(f.Source) + " is silent since " + models.Instant(f.Since)
	}
	switch {
	case f.Fallback() == models.FallbackHold:
		return ui.Change("held", ui.P3)
	case f.Fallback() == models.FallbackManual:
		return pages.Titled("by hand", since)
	case f.Fallback() == models.FallbackLastGood:
		return pages.Titled("last good", since)
	case p.Fallback == models.FallbackLastGood:
		return pages.Titled("was last good", "It entered on the last good figures of "+p.LateFeed)
	}
	return nil
}

// lateFacts say the same in a review, in words.
func lateFacts(p models.Proposal, f models.LateFeed, now time.Time) []ui.KeyValue {
	switch {
	case f.Source != "" && p.State == models.ProposalWaiting:
		return []ui.KeyValue{{Key: "Late feed", Value: ui.Change(f.Source, ui.P3), Note: strings.TrimSuffix(lateNotice([]models.LateFeed{f}, now).Detail, ".")}}
	case p.Fallback == models.FallbackLastGood:
		return []ui.KeyValue{{Key: "Late feed", Value: ui.Text(p.LateFeed), Note: "it was judged on the last good figures"}}
	case p.Fallback != models.FallbackNone:
		return []ui.KeyValue{{Key: "Late feed", Value: ui.Text(p.LateFeed), Note: "it was silent when this came, so a person decides"}}
	}
	return nil
}
