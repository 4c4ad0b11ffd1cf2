package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
)

const (
	changesPath = "/api/v1/changes"

	standardChanges = 1000
	mostChanges     = 5000

	// fromNow stands where a token does, for who wants only what is yet to come.
	fromNow = "now"
)

type changesAnswer struct {
	Changes []change `json:"changes"`
	Next    string   `json:"next" doc:"The delta token to send as since the next time."`
	More    bool     `json:"more" doc:"Whether to ask again at once. Without more, who applied every page has the state of one snapshot."`
}

type change struct {
	Seq    int64            `json:"seq" doc:"Place in the event log; each event has one."`
	Type   models.EventType `json:"type" example:"throughline.inventory.movement.v1"`
	Entity string           `json:"entity" example:"inventory"`
	Source string           `json:"source"`
	ID     string           `json:"id" doc:"The CloudEvents id at its source."`
	Key    string           `json:"key" doc:"Changes of one key come in the order in which they took effect."`
	Item   string           `json:"item,omitempty"`
	DC     string           `json:"dc,omitempty"`
	tracing
	OccurredAt time.Time       `json:"occurred_at"`
	AppliedAt  time.Time       `json:"applied_at"`
	Replayed   bool            `json:"replayed,omitempty" doc:"It took effect later than its neighbours in the log, by a retry or when what it waited for came."`
	Data       json.RawMessage `json:"data" doc:"As the contract of the type says."`
	Stock      *stock          `json:"stock,omitempty" doc:"Of a balance or a movement: the position that it left behind."`
}

// tracing are the ids by which an event is followed through the systems.
type tracing struct {
	TraceID       string `json:"trace_id" doc:"The W3C trace that it belongs to."`
	CorrelationID string `json:"correlation_id" doc:"The business case: what its sender said, otherwise its own id."`
	CausationID   string `json:"causation_id,omitempty" doc:"The id of what it follows from, where its sender said so."`
}

func tracingOf(e *models.Event) tracing {
	return tracing{TraceID: e.TraceID, CorrelationID: e.CorrelationID(), CausationID: e.CausationID()}
}

// stock has decimals as strings, as the contracts do.
type stock struct {
	OnHand    string `json:"on_hand"`
	Allocated string `json:"allocated"`
	Available string `json:"available"`
}

// getChanges is a plain handler: its refusals carry where to begin again.
func (a *API) getChanges(c echo.Context) error {
	key, err := a.reader(c)
	if err != nil {
		return a.writeProblem(c, err)
	}
	f, q, err := readChangeQuery(c, key)
	if err != nil {
		return a.writeProblem(c, err)
	}
	since := c.QueryParam("since")
	poll := models.Poll{Key: key, Filter: f, At: a.cfg.Now(), GoesOn: since != "" && since != fromNow, From: q.After}
	page, err := a.cfg.Changes.Since(c.Request().Context(), q)
	a.notePoll(c.Request().Context(), poll, page, err)
	if err != nil {
		return a.writeGone(c, err, f.EntitiesFor(key))
	}
	answer := changesAnswer{Changes: make([]change, len(page.Changes)), Next: models.EncodeDelta(page.Next, f, key), More: page.More}
	for i := range page.Changes {
		answer.Changes[i] = shownChange(&page.Changes[i])
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.JSON(http.StatusOK, answer)
}

func readChangeQuery(c echo.Context, key models.APIKey) (models.ChangeFilter, models.ChangeQuery, error) {
	q := models.ChangeQuery{Limit: standardChanges}
	f, err := models.ParseChangeFilter(c.QueryParam("entity"), c.QueryParam("dc"))
	if err != nil {
		return f, q, err
	}
	if q.Filter, err = f.For(key); err != nil {
		return f, q, err
	}
	switch since := c.QueryParam("since"); since {
	case "":
	case fromNow:
		q.Latest = true
	default:
		if q.After, err = models.DecodeDelta(since, f, key); err != nil {
			return f, q, err
		}
	}
	if text := c.QueryParam("limit"); text != "" {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > mostChanges {
			return f, q, models.Wrap(models.CodeInvalid, models.ErrMalformed, "The parameter limit is a number from 1 to "+strconv.Itoa(mostChanges)+".")
		}
	}
	return f, q, nil
}

// reader is the API key of a request, when it may read.
func (a *API) reader(c echo.Context) (models.APIKey, error) {
	key, err := a.cfg.Keys.Authenticate(c.Request().Context(), c.Request().Header.Get(echo.HeaderAuthorization))
	if err != nil {
		return key, err
	}
	if err := a.charge(key, c.Response().Header().Set); err != nil {
		return key, err
	}
	if !key.May(models.ScopeRead) {
		return key, models.Errorf(models.CodeForbidden,
			"This API key of %s may not read changes. `throughline key add --source NAME --scope read` makes one that may.", key.Source)
	}
	return key, nil
}

// writeGone answers err, and for a token that leads nowhere any more names the
// exports to begin again with.
func (a *API) writeGone(c echo.Context, err error, entities []string) error {
	p := a.describe(c.Request().Context(), err)
	if models.CodeOf(err) == models.CodeGone {
		for _, entity := range entities {
			p.Exports = append(p.Exports, exportPath+entity)
		}
	}
	p.headers(err, c.Response().Header().Set)
	return sendProblem(c, p)
}

func shownChange(f *models.ChangedFact) change {
	shown := change{
		Seq: f.Seq, Type: f.Type, Entity: f.Type.Entity(), Source: f.Source, ID: f.ID, Key: f.Key, Item: f.Item, DC: f.DC,
		tracing: tracingOf(&f.Event), OccurredAt: f.OccurredAt, AppliedAt: f.AppliedAt, Replayed: f.Replayed, Data: json.RawMessage(f.Data),
	}
	if f.Stock != nil {
		shown.Stock = &stock{
			OnHand: f.Stock.OnHand.String(), Allocated: f.Stock.Allocated.String(), Available: f.Stock.OnHand.Sub(f.Stock.Allocated).String(),
		}
	}
	return shown
}
