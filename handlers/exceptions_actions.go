package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
	"throughline/web/render"
	"throughline/web/session"
)

// stateActions are the buttons of the work on an exception, with the version
// that the page shows, so that two people notice each other.
func stateActions(e models.Exception, colleagues []models.User, now time.Time) []ui.Action {
	id := strconv.FormatInt(e.ID, 10)
	words := map[models.ExceptionAction]struct{ label, key string }{
		models.ActionAcknowledge: {"Acknowledge", "a"},
		models.ActionAssign:      {"Assign to me", "m"},
		models.ActionStart:       {"Start", ""},
		models.ActionWait:        {"Waiting for…", ""},
		models.ActionResolve:     {"Resolve", ""},
	}
	var actions []ui.Action
	for _, does := range e.StateAt(now).Actions() {
		action := ui.Action{
			Label: words[does].label, Key: words[does].key, Tone: ui.Quiet,
			Of: e.Headline(), URL: "/exceptions/" + id + "/" + string(does),
			Fields: []ui.Field{{Name: "version", Value: strconv.Itoa(e.Version)}},
		}
		switch does {
		case models.ActionResolve:
			action.Confirm = &ui.Confirm{ID: "resolve-" + id, Title: "Resolve it by hand?", Body: e.Happened, Reason: "What was done", Label: "Resolve"}
		case models.ActionWait:
			action.Confirm = &ui.Confirm{ID: "wait-" + id, Title: "Wait for somebody else?", Body: e.Happened, Reason: "For whom or what", Label: "Wait",
				Inputs: []ui.Input{{Name: "for", Label: "For how long", Value: "24h", Hint: "such as 4h or 48h, " + strconv.Itoa(int(models.MaxWait.Hours())) + "h at most; then it is handed back"}}}
		}
		actions = append(actions, action)
		if does == models.ActionAssign && len(colleagues) > 1 {
			actions = append(actions, assignAction(e, colleagues))
		}
	}
	return append(actions, shelfAction(e, now))
}

// assignAction gives an exception to somebody who may work on it.
func assignAction(e models.Exception, colleagues []models.User) ui.Action {
	id := strconv.FormatInt(e.ID, 10)
	options := make([]ui.Option, len(colleagues))
	for i, u := range colleagues {
		options[i] = ui.Option{Value: u.Name, Label: u.FullName + " (" + u.Name + ")"}
	}
	return ui.Action{
		Label: "Assign to…", Tone: ui.Quiet, Of: e.Headline(), URL: "/exceptions/" + id + "/" + string(models.ActionAssign),
		Fields: []ui.Field{{Name: "version", Value: strconv.Itoa(e.Version)}},
		Confirm: &ui.Confirm{
			ID: "assign-" + id, Title: "Who is to work on it?", Body: e.Happened, Label: "Assign",
			Inputs: []ui.Input{{Name: "owner", Label: "To", Value: e.Owner, Options: options}},
		},
	}
}

// mayOwn refuses an owner who could not work on the exception.
func (h *Exceptions) mayOwn(ctx context.Context, e models.Exception, owner string) error {
	if owner == "" {
		return nil
	}
	colleagues, err := h.colleagues(ctx, e)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(colleagues, func(u models.User) bool { return u.Name == owner }) {
		return models.Errorf(models.CodeInvalid, "%q has no queue with exception %d: assign it to somebody of its team.", owner, e.ID)
	}
	return nil
}

// shelfAction puts an exception aside for a bounded time, or takes it back.
func shelfAction(e models.Exception, now time.Time) ui.Action {
	id := strconv.FormatInt(e.ID, 10)
	action := ui.Action{
		Label: "Shelve", Key: "s", Tone: ui.Quiet, Of: e.Headline(), URL: "/exceptions/" + id + "/" + string(models.ActionShelve),
		Fields: []ui.Field{{Name: "version", Value: strconv.Itoa(e.Version)}},
	}
	if e.Shelved(now) {
		action.Label, action.URL = "Take back", "/exceptions/"+id+"/"+string(models.ActionUnshelve)
		return action
	}
	action.Confirm = shelfQuestion(id, "Put it aside?")
	return action
}

// shelfQuestion asks for how long and why; of makes it the only one of its kind on the page.
func shelfQuestion(of, title string) *ui.Confirm {
	return &ui.Confirm{
		ID: "shelve-" + of, Title: title, Reason: "Why it can wait", Label: "Shelve",
		Body:   "What is shelved is suppressed: it leaves the queue and comes back by itself, at once if it becomes P1. Its clock runs on.",
		Inputs: []ui.Input{{Name: "for", Label: "For how long", Value: "4h", Hint: "such as 30m or 8h, 24h at most"}},
	}
}

// shelfTime reads for how long an exception is put aside or waits, 0 when it cannot be read.
func shelfTime(text string) time.Duration {
	length, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return length
}

// Change answers POST /exceptions/:id/:action: the work on its state.
func (h *Exceptions) Change(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	user, _ := session.User(ctx)
	detail, err := h.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	if !h.mayWork(c, detail.Exception) {
		return models.Errorf(models.CodeForbidden, "Exception %d is in no queue of yours: ask the team that it belongs to.", id)
	}
	if err := h.mayOwn(ctx, detail.Exception, c.FormValue("owner")); err != nil {
		return err
	}
	version, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return models.Errorf(models.CodeInvalid, "The form lacks the version it was made from: load the page again.")
	}
	changed, err := h.Store.Change(ctx, models.ExceptionChange{
		ID: id, Version: version, Action: models.ExceptionAction(c.Param("action")),
		Actor: user.Name, Owner: c.FormValue("owner"), Note: c.FormValue("reason"), For: shelfTime(c.FormValue("for")),
	})
	if meanwhile, ok := errors.AsType[*models.ExceptionChanged](err); ok {
		return toast(c, http.StatusConflict, meanwhile.By+" was faster: it is now "+meanwhile.Exception.StateAt(h.Frame.Now()).Word()+". The page shows it as it is.", true)
	}
	if err != nil {
		return err
	}
	return answerToast(c, http.StatusOK, ui.Toast{Text: "Exception " + strconv.FormatInt(id, 10) + " is " + changed.StateAt(h.Frame.Now()).Word() + ".", Undo: undoAction(changed)})
}

// Move answers POST /exceptions/:id/moves/:move: the next move of its kind.
func (h *Exceptions) Move(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	user, _ := session.User(ctx)
	detail, err := h.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	if !offers(detail.Exception, c.Param("move")) {
		return models.Errorf(models.CodeNotFound, "An exception of this kind has no move %q.", c.Param("move"))
	}
	if !mayMove(c, h.Policy, c.Param("move")) {
		return models.Errorf(models.CodeForbidden, "Your account may not do this.")
	}
	reason := strings.TrimSpace(c.FormValue("reason"))
	if _, asks := moveQuestions[c.Param("move")]; (asks || c.Param("move") == rereadMove) && reason == "" {
		return models.Errorf(models.CodeInvalid, "Say why: this changes what is held of exception %d, and the audit keeps the reason.", id)
	}
	done, err := h.Moves.Run(ctx, detail.Exception, c.Param("move"), user, reason)
	if err != nil {
		return err
	}
	return toast(c, http.StatusOK, done, false)
}

// moveQuestions are asked before a move that changes what stands here or in the
// ERP: what it does, in words for whoever is about to do it.
var moveQuestions = map[string]struct{ title, does string }{
	"accept":   {"Accept what the supplier confirmed?", "The ERP takes the confirmed quantities and days into its order."},
	"resubmit": {"Resubmit the order?", "The ERP is asked for our reference first, so that there is never a second order."},
	"retry":    {"Try the events again?", "Those of this cause pass the rules again in their order; what fails again waits as before."},
}

// moveQuestion is what is asked before a move about what happened; nil for one
// that asks nothing. where makes it the only one of its kind on the page.
func moveQuestion(move, label, where, happened string) *ui.Confirm {
	ask, asks := moveQuestions[move]
	if !asks {
		return nil
	}
	return &ui.Confirm{
		ID: "move-" + move + "-" + where, Title: ask.title, Body: strings.TrimSpace(happened + " " + ask.does), Reason: "Why", Label: label,
	}
}

func offers(e models.Exception, move string) bool {
	for _, m := range e.Moves() {
		if m.ID == move {
			return true
		}
	}
	return false
}

// toast answers htmx with a message and asks the lists on the page to fetch
// themselves anew; a browser without script is led back to where it was.
func toast(c echo.Context, status int, text string, failed bool) error {
	return answerToast(c, status, ui.Toast{Text: text, Failed: failed})
}

func answerToast(c echo.Context, status int, t ui.Toast) error {
	if !render.IsHTMX(c.Request()) {
		return c.Redirect(http.StatusSeeOther, refererPath(c.Request()))
	}
	c.Response().Header().Set("HX-Trigger", "refresh")
	return render.HTML(c, status, ui.ToastPatch(t))
}

// refererPath is where the reader was, if that is a page of ours.
func refererPath(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return from.RequestURI()
}
