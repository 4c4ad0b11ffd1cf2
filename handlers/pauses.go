package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const pausesPath = "/pauses"

// Pauses answers what may be stopped for a while, and stops and resumes it, now or
// as it is planned.
type Pauses struct {
	Frame   *Frame
	Read    PauseReader
	Operate PauseOperator
	Policy  authz.Policy
}

// pausable is what may be stopped, with its pause if there is one.
type pausable struct {
	kind  models.PauseKind
	name  string
	pause *models.Pause
}

// pausableOf is what a pause stops.
func pausableOf(p models.Pause) pausable { return pausable{kind: p.Kind, name: p.Name} }

// title names it in a sentence.
func (p pausable) title() string {
	switch p.kind {
	case models.PauseLane:
		return "the " + p.name + " lane"
	case models.PauseTarget:
		return "calls to " + p.name
	case models.PauseFlow:
		flow := models.Pause{Name: p.name}
		return flow.Source() + " × " + flowEntity(flow)
	case models.PauseSource:
	}
	return p.name
}

// flowEntity is what a paused flow is of, in words; empty for other kinds.
func flowEntity(p models.Pause) string { return strings.ReplaceAll(p.Entity(), "_", " ") }

// start is its title at the start of a sentence; a source's name stays as it is.
func (p pausable) start() string {
	if p.kind == models.PauseSource || p.kind == models.PauseFlow {
		return p.title()
	}
	return capital(p.title())
}

// label is its name in the list.
func (p pausable) label() string {
	if p.kind == models.PauseFlow {
		return p.title()
	}
	return p.name
}

// id names it in the page.
func (p pausable) id() string { return string(p.kind) + "-" + strings.ReplaceAll(p.name, ":", "-") }

// effect says what a pause does to it.
func (p pausable) effect() string {
	switch p.kind {
	case models.PauseLane:
		return "What comes meanwhile is taken in and stands in the log; it takes effect in order when the lane is resumed."
	case models.PauseTarget:
		return targetEffects[p.name]
	case models.PauseFlow:
		return "The source is asked to keep these events and to send them later; its others are taken. What was taken in before takes effect."
	case models.PauseSource:
	}
	return "It is asked to keep its events and to send them later. What was taken in before takes effect."
}

// targetEffects say what waits while a system is not called.
var targetEffects = map[string]string{
	models.TargetERP:           "It is not called. Approved orders wait and are made once when it is resumed, comparisons of stock wait, and who wants it asked is told that it is paused. A call that is under way ends. What it sends is taken.",
	models.TargetForecasting:   "It is not called: the stock that it holds is not compared. What it sends is taken, and what it subscribes to is delivered: that is paused on its route.",
	models.TargetReplenishment: "It is not called: who wants it to compute again is told that it is paused, and its stock is not compared. What it sends is taken, and what it subscribes to is delivered: that is paused on its route.",
}

func (h *Pauses) all(ctx context.Context) ([]pausable, error) {
	pauses, err := h.Read.Pauses(ctx, h.Frame.Now())
	if err != nil {
		return nil, err
	}
	what, err := h.Read.Pausable(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]pausable, len(what))
	for i, w := range what {
		all[i] = pausable{kind: w.Kind, name: w.Name}
		at := slices.IndexFunc(pauses, func(p models.Pause) bool { return p.Kind == all[i].kind && p.Name == all[i].name })
		if at >= 0 {
			all[i].pause = &pauses[at]
		}
	}
	return all, nil
}

// List answers GET /pauses.
func (h *Pauses) List(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavFlow, "Pauses")
	page.Lead = "What may be stopped for a while, what is, and what is planned to be"
	page.Crumbs = []layout.Crumb{{Title: "Flow map", Href: "/flow"}}
	page.Live = livePath(models.TopicOverview, models.TopicRoutes)
	all, err := h.all(c.Request().Context())
	if err != nil {
		return err
	}
	planned, err := h.Read.Planned(c.Request().Context(), h.Frame.Now())
	if err != nil {
		return err
	}
	operate := may(c, h.Policy, authz.OperateFlow)
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "pauses", Self: pausesPath, Topics: string(models.TopicOverview) + " " + string(models.TopicRoutes), Dear: true,
		Lists: []pages.BoardList{{
			Title: "Sources, flows, lanes and targets", Note: "a route to a subscriber is paused on its own page",
			Beside: ui.ButtonLink("/routes", "Routes", ui.Plain), Table: h.table(all, operate),
		}, {
			Title: "Planned", Note: "begins and ends by itself", Table: h.plannedTable(planned, operate),
		}},
	}))
}

func (h *Pauses) table(all []pausable, operate bool) ui.Table {
	table := ui.Table{
		ID: "pause-list", Caption: "What may be paused",
		Columns: []ui.Column{
			{Title: "Name", Fold: ui.FoldLead}, {Title: "Kind"}, {Title: "State", Fold: ui.FoldTrail}, {Title: "Since"}, {Title: "Until"},
			{Title: "By"}, {Title: "Why", Fold: ui.FoldGrow}, {Title: ""},
		},
	}
	for _, p := range all {
		row := ui.Row{ID: "pause-" + p.id()}
		state, since, until, by, why := ui.HealthBadge(ui.HealthGood, "flows"), ui.Muted("–"), ui.Muted("–"), ui.Muted("–"), ui.Muted("")
		if p.pause != nil {
			state, since, until = ui.HealthBadge(ui.HealthLate, "paused"), ui.Since(p.pause.Since), ui.Text("resumed by hand")
			by, why = ui.Text(p.pause.Actor), ui.Text(p.pause.Reason)
			if p.pause.Ends != nil {
				until = ui.Text("in " + ui.Took(p.pause.Ends.Sub(h.Frame.Now()).Truncate(time.Second)))
			}
		}
		button := ui.Muted("")
		if operate {
			button = templ.Join(ui.ActionButton(pauseAction(p)), ui.Text(" "), ui.ActionButton(planAction(p, h.Frame.Now())))
		}
		row.Cells = cells(ui.Text(p.label()), ui.Muted(string(p.kind)), state, since, until, by, why, button)
		table.Rows = append(table.Rows, row)
	}
	return table
}

func pauseHref(p pausable) string {
	return pausesPath + "/" + string(p.kind) + "/" + url.PathEscape(p.name)
}

func pauseAction(p pausable) ui.Action {
	id := p.id()
	if p.pause != nil {
		return ui.Action{Label: "Resume", URL: pauseHref(p) + "/resume", Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "resume-" + id, Title: "Resume " + p.title() + "?", Reason: "What has changed since", Label: "Resume",
		}}
	}
	return ui.Action{Label: "Pause", URL: pauseHref(p) + "/pause", Confirm: &ui.Confirm{
		ID: "stop-" + id, Title: "Pause " + p.title() + "?", Body: p.effect(), Reason: "Why", Label: "Pause",
		Inputs: []ui.Input{{Name: "for", Label: "For how long", Value: "1h", Optional: true, Hint: "such as 30m or 8h, 168h at most; empty: until somebody resumes it"}},
	}}
}

// Pause answers POST /pauses/:kind/:name/pause.
func (h *Pauses) Pause(c echo.Context) error {
	now := h.Frame.Now()
	length, err := pauseLength(c.FormValue("for"))
	if err != nil {
		return err
	}
	what, err := h.named(c)
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		if reason == "" {
			return "", models.Errorf(models.CodeInvalid, "Say why.")
		}
		p := models.Pause{Kind: what.kind, Name: what.name, Reason: reason, Actor: actor, Since: now}
		if length > 0 {
			ends := now.Add(length)
			p.Ends = &ends
		}
		return "Paused: " + what.title() + ".", h.Operate.Pause(ctx, p)
	})
}

// Resume answers POST /pauses/:kind/:name/resume.
func (h *Pauses) Resume(c echo.Context) error {
	what, err := h.named(c)
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		if reason == "" {
			return "", models.Errorf(models.CodeInvalid, "Say what has changed.")
		}
		return "Resumed: " + what.title() + ".", h.Operate.Resume(ctx, what.kind, what.name, actor, reason, h.Frame.Now())
	})
}

// named is what the address names, CodeNotFound when nothing of it may be paused.
func (h *Pauses) named(c echo.Context) (pausable, error) {
	all, err := h.all(c.Request().Context())
	if err != nil {
		return pausable{}, err
	}
	for _, p := range all {
		if string(p.kind) == c.Param("kind") && p.name == c.Param("name") {
			return p, nil
		}
	}
	return pausable{}, models.Errorf(models.CodeNotFound, "There is no %s %q to pause.", c.Param("kind"), c.Param("name"))
}

// pauseLength reads for how long something is paused, 0 for an empty text:
// until somebody resumes it.
func pauseLength(text string) (time.Duration, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	length, err := time.ParseDuration(text)
	if err != nil || length < time.Minute || length > models.MaxPause {
		return 0, models.Errorf(models.CodeInvalid, "Say for how long: a time such as 30m or 8h, from 1m to 168h.")
	}
	return length, nil
}

// pausedNotice tells who looks at the flow what somebody has stopped.
func pausedNotice(pauses []models.Pause, now time.Time) *ui.Notice {
	if len(pauses) == 0 {
		return nil
	}
	var lines []string
	for _, p := range pauses {
		line := pausableOf(p).start() + ", since " + ui.Took(now.Sub(p.Since).Truncate(time.Second)) + " by " + p.Actor + ": " + p.Reason
		if p.Ends != nil {
			line += " (ends in " + ui.Took(p.Ends.Sub(now).Truncate(time.Second)) + ")"
		}
		lines = append(lines, line)
	}
	return &ui.Notice{
		Kind: ui.Partial, Title: counted(int64(len(pauses)), "part") + " paused", Detail: strings.Join(lines, " · "),
		Actions: pausesLink(),
	}
}

func pausesLink() []templ.Component { return cells(ui.ButtonLink(pausesPath, "Pauses", ui.Plain)) }

// pauseNotices tell what somebody has stopped, and what is planned to be.
func pauseNotices(ctx context.Context, read PauseReader, now time.Time) ([]ui.Notice, error) {
	pauses, err := read.Pauses(ctx, now)
	if err != nil {
		return nil, err
	}
	planned, err := read.Planned(ctx, now)
	if err != nil {
		return nil, err
	}
	var notices []ui.Notice
	for _, n := range []*ui.Notice{pausedNotice(pauses, now), plannedNotice(planned, now)} {
		if n != nil {
			notices = append(notices, *n)
		}
	}
	return notices, nil
}
