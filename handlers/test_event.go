package handlers

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
	"throughline/web/session"
)

const testEventPath = connectorsPath + "/test-event"

// TestEvent sends one event through the same door that a source uses, with the
// source's own key, so that a connection is tried as a whole.
type TestEvent struct {
	Frame     *Frame
	Sources   ConnectorReader
	Contracts ContractShower
	Intake    IntakeDoor
	Audit     AuditTrail
}

// IntakeDoor takes in events with the key that comes with them.
type IntakeDoor interface {
	Accept(ctx context.Context, r models.IntakeRequest) (models.IntakeAnswer, error)
}

// ContractShower knows the contracts with their examples.
type ContractShower interface {
	Contracts() []models.Contract
	Schema(t models.EventType) (json.RawMessage, error)
}

// Form answers GET /connectors/test-event?source=&type=: an example to change and send.
func (h *TestEvent) Form(c echo.Context) error {
	view, err := h.view(c, c.QueryParam("source"), models.EventType(c.QueryParam("type")))
	if err != nil {
		return err
	}
	if view.Event, err = h.example(view.Source.Value, models.EventType(view.Type.Value)); err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.TestEventPage(view))
}

// Send answers POST /connectors/test-event with what the API would have answered.
func (h *TestEvent) Send(c echo.Context) error {
	view, err := h.view(c, c.FormValue("source"), models.EventType(c.FormValue("type")))
	if err != nil {
		return err
	}
	view.Event = c.FormValue("event")
	answer, err := h.send(c, view.Event)
	status := http.StatusOK
	switch refused := doorRefusal(err); {
	case refused != nil:
		status, view.Outcome = http.StatusUnprocessableEntity, refused
	case err != nil:
		return err
	default:
		view.Outcome, view.Faults = testOutcome(answer)
		switch {
		case answer.Rejected > 0:
			status = http.StatusUnprocessableEntity
		case answer.Paused > 0:
			status = http.StatusServiceUnavailable
		}
	}
	return render.HTML(c, status, pages.TestEventPage(view))
}

func (h *TestEvent) send(c echo.Context, event string) (answer models.IntakeAnswer, err error) {
	user, _ := session.User(c.Request().Context())
	var named struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal([]byte(event), &named) // what cannot be read is refused at the door, in its words
	entry := models.AuditEntry{Actor: user.Name, Action: "event.test", Subject: "event_id:" + named.ID}
	err = h.Audit.Around(c.Request().Context(), entry, func(ctx context.Context) (err error) {
		answer, err = h.Intake.Accept(ctx, models.IntakeRequest{
			Authorization: "Bearer " + strings.TrimSpace(c.FormValue("key")),
			Header:        map[string][]string{"Content-Type": {"application/cloudevents+json"}},
			Body:          strings.NewReader(event), Length: int64(len(event)),
		})
		return err
	})
	return answer, err
}

// doorRefusal is what the door says to whoever it does not let in.
func doorRefusal(err error) *ui.Notice {
	refused, ok := errors.AsType[*models.Error](err)
	if !ok {
		return nil
	}
	return &ui.Notice{Kind: ui.Failed, Title: "Refused at the door", Detail: refused.Message}
}

func testOutcome(answer models.IntakeAnswer) (*ui.Notice, *ui.Table) {
	if len(answer.Results) == 0 {
		return &ui.Notice{Kind: ui.Failed, Title: "Nothing was sent", Detail: "The event is empty."}, nil
	}
	r := answer.Results[0]
	way := cells(ui.ButtonLink(eventPath(r.Seq), "See its way", ui.Plain))
	switch r.Status {
	case models.IntakeAccepted:
		return &ui.Notice{Title: "Accepted as event " + ui.ID(r.Seq), Detail: "It is in the log and goes its way as any other of its source.", Actions: way}, nil
	case models.IntakeDuplicate:
		return &ui.Notice{Title: "Known already as event " + ui.ID(r.Seq), Detail: "The same event under this id is in the log; nothing was done again.", Actions: way}, nil
	case models.IntakeConflict:
		return &ui.Notice{Kind: ui.Partial, Title: "The id is taken by another content", Detail: "It was kept and parked beside the first. Give each event an id of its own.", Actions: way}, nil
	case models.IntakePaused:
		return &ui.Notice{Kind: ui.Partial, Title: "Paused", Detail: r.Errors[0].Message, Actions: pausesLink()}, nil
	case models.IntakeRejected:
	}
	return &ui.Notice{Kind: ui.Failed, Title: "Rejected: it breaks its contract", Detail: "Nothing was stored, and the id is not used up."}, faultTable(r.Errors)
}

// view is the form without an event. Nothing chosen is the first of each.
func (h *TestEvent) view(c echo.Context, source string, t models.EventType) (pages.TestEvent, error) {
	page := h.Frame.Page(c, layout.NavConnectors, "Send a test event")
	page.Lead = "Tries a source's key, contract and way as a whole. It takes effect as any event does: send a harmless one."
	page.Crumbs = []layout.Crumb{{Title: "Connectors", Href: connectorsPath}}
	page.Live = livePath()
	view := pages.TestEvent{
		Page: page, Action: testEventPath,
		Source: ui.FilterField{Name: "source", Label: "Source", Value: source}, Type: ui.FilterField{Name: "type", Label: "Contract", Value: string(t)},
	}
	sources, err := h.Sources.Health(c.Request().Context(), h.Frame.Now(), "")
	if err != nil {
		return view, err
	}
	for _, s := range sources {
		view.Source.Options = append(view.Source.Options, ui.Option{Value: s.Source, Label: s.Source})
	}
	for _, contract := range h.Contracts.Contracts() {
		view.Type.Options = append(view.Type.Options, ui.Option{Value: string(contract.Type), Label: string(contract.Type)})
	}
	for _, field := range []*ui.FilterField{&view.Source, &view.Type} {
		if field.Value == "" && len(field.Options) > 0 {
			field.Value = field.Options[0].Value
		}
	}
	return view, nil
}

// example is an event with the contract's own example and an id that says what it is.
func (h *TestEvent) example(source string, t models.EventType) (string, error) {
	schema, err := h.Contracts.Schema(t)
	if err != nil {
		return "", err
	}
	var published struct {
		Examples []json.RawMessage `json:"examples"`
	}
	if err := json.Unmarshal(schema, &published); err != nil {
		return "", err
	}
	data := json.RawMessage(`{}`)
	if len(published.Examples) > 0 {
		data = published.Examples[0]
	}
	event, err := json.Marshal(struct {
		SpecVersion string          `json:"specversion"`
		ID          string          `json:"id"`
		Source      string          `json:"source"`
		Type        string          `json:"type"`
		Time        string          `json:"time"`
		Data        json.RawMessage `json:"data"`
	}{"1.0", "test-" + strings.ToLower(rand.Text()), source, string(t), h.Frame.Now().UTC().Format("2006-01-02T15:04:05Z"), data})
	if err != nil {
		return "", err
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, event, "", "  ")
	return indented.String(), err
}
