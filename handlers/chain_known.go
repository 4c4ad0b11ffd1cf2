package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

// chainPlace is what the address of a chain says: which, as known when, and
// which step is open.
type chainPlace struct{ query, at, node string }

func (p chainPlace) address() string {
	to := chainPath(p.query)
	if p.at != "" {
		to += "&at=" + url.QueryEscape(p.at)
	}
	if p.node != "" {
		to += "&node=" + url.QueryEscape(p.node)
	}
	return to
}

func (p chainPlace) opening(node string) string {
	p.node = node
	return p.address()
}

func (p chainPlace) known(at *time.Time) string {
	if at == nil {
		return ""
	}
	p.at, p.node = at.UTC().Format(time.RFC3339Nano), ""
	return p.address()
}

func (p chainPlace) now() string {
	p.at = ""
	return p.address()
}

// self draws the same thread again: a bare item keeps to the DC that it led
// to, though something newer may have happened at another one since.
func (p chainPlace) self(chain models.Chain) string {
	if chain.Focus == "" {
		p.query = chain.Item + "@" + chain.DC
	}
	return p.address()
}

// inputTime is how a datetime-local field writes a moment, to the millisecond.
const inputTime = "2006-01-02T15:04:05.000"

// moment reads the moment, nil for now. A time without a zone is UTC, as all
// times on the pages.
func (p chainPlace) moment() (*time.Time, error) {
	if p.at == "" {
		return nil, nil //nolint:nilnil // no moment means now
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.Parse(form, p.at); err == nil {
			return &at, nil
		}
	}
	return nil, models.Errorf(models.CodeInvalid, "“%s” is not a date with a time.", p.at)
}

// knownControl chooses the moment and says which one is shown.
func knownControl(place chainPlace, known models.ChainMoment) pages.KnownControl {
	control := pages.KnownControl{
		Query: place.query, BeforeHref: place.known(known.Before), AfterHref: place.known(known.After), Since: known.Since,
	}
	if known.At == nil {
		return control
	}
	// Rounded up, or sending the field again would leave out the moment itself.
	control.Value = known.At.UTC().Add(time.Millisecond - time.Nanosecond).Format(inputTime)
	control.Then, control.NowHref = *known.At, place.now()
	return control
}

// cannot answers a moment of which nothing can be said.
func (h *Chain) cannot(c echo.Context, page layout.Page, place chainPlace, err error) error {
	page.Live = livePath()
	page.Lead = "Why was it ordered, and what became of it"
	view := pages.Chain{
		Page:  page,
		Known: pages.KnownControl{Query: place.query, NowHref: place.now()},
		Cannot: &ui.Notice{
			Kind: ui.Failed, Title: "The chain cannot be shown as it was known then", Detail: plainMessage(err),
		},
	}
	return render.HTML(c, http.StatusUnprocessableEntity, pages.ChainPage(view))
}

// plainMessage is what an error says to people.
func plainMessage(err error) string {
	if coded, ok := errors.AsType[*models.Error](err); ok {
		return coded.Message
	}
	return ""
}
