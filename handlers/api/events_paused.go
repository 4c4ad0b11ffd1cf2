package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
)

// pausedPart says when to send the paused part of a request again.
func pausedPart(c echo.Context, answer models.IntakeAnswer) {
	if answer.Paused > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int((answer.RetryAfter+time.Second-1)/time.Second)))
	}
}

// nothingTaken answers a request of which nothing was stored and something is
// paused.
func nothingTaken(c echo.Context, answer models.IntakeAnswer) error {
	p := problemOf(c.Request().Context(), http.StatusServiceUnavailable,
		"Nothing was stored: what these events are of is paused. Each result says why and until when; send the paused ones again after Retry-After.")
	p.Results, p.Rejected, p.Errors, p.Hop = answer.Results, answer.Rejected, firstErrors(answer.Results), "a pause"
	return sendProblem(c, p)
}
