package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
)

// The fields of the abuse protection of CloudEvents' webhooks (HTTP 1.1 Web Hooks
// for Event Delivery, section 4).
const (
	requestOrigin = "WebHook-Request-Origin"
	requestRate   = "WebHook-Request-Rate"
	allowedOrigin = "WebHook-Allowed-Origin"
	allowedRate   = "WebHook-Allowed-Rate"
)

// agreeToEvents answers a sender that asks, before its first event, whether it may
// deliver here. It may from anywhere and at any rate, for what it may is decided by its
// key at each request: without one nothing is taken, and with one no more than its limit.
func (a *API) agreeToEvents(c echo.Context) error {
	asked, answer := c.Request().Header, c.Response().Header()
	answer.Set(echo.HeaderAllow, http.MethodOptions+", "+http.MethodPost)
	if origin := asked.Get(requestOrigin); origin != "" {
		answer.Set(allowedOrigin, origin)
		if asked.Get(requestRate) != "" {
			answer.Set(allowedRate, "*")
		}
	}
	return c.NoContent(http.StatusOK)
}

func (a *API) documentHandshake() {
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodOptions, Path: eventsPath, OperationID: "agree-to-events", Summary: "Ask whether events may be delivered",
		Description: "The handshake of CloudEvents' webhooks. Every origin is agreed to, at any rate: what a sender may bring is decided by its API key.",
		Tags:        []string{"Events"}, Security: []map[string][]string{{}},
		Parameters: []*huma.Param{
			{Name: requestOrigin, In: "header", Description: "Who would deliver.", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: requestRate, In: "header", Description: "Requests a minute that it would like to make.", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "It may.", Headers: map[string]*huma.Param{
				allowedOrigin: {Description: "The origin that asked.", Schema: &huma.Schema{Type: huma.TypeString}},
				allowedRate:   {Description: "Any, where a rate was asked for.", Schema: &huma.Schema{Type: huma.TypeString}},
			}},
		},
	})
}
