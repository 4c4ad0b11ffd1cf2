package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"throughline/models"
)

const eventsPath = "/api/v1/events"

// postEvents takes in events. It is a plain handler: the work is done on the
// bytes of the body, which a generic decoder would copy and reflect upon.
func (a *API) postEvents(c echo.Context) error {
	r := c.Request()
	answer, err := a.cfg.Intake.Accept(r.Context(), models.IntakeRequest{
		Authorization: r.Header.Get(echo.HeaderAuthorization),
		Header:        r.Header,
		Body:          r.Body,
		Length:        r.ContentLength,
	})
	setQuota(c.Response().Header().Set, answer.Quota)
	switch {
	case err != nil:
		return a.writeProblem(c, err)
	case answer.Paused > 0 && answer.Nothing():
		pausedPart(c, answer)
		return nothingTaken(c, answer)
	case answer.Rejected > 0 && answer.Rejected == len(answer.Results):
		p := problemOf(r.Context(), http.StatusUnprocessableEntity, "No event was accepted. Each result says what to mend; a corrected event may keep its id.")
		p.Results, p.Rejected, p.Errors = answer.Results, answer.Rejected, firstErrors(answer.Results)
		return sendProblem(c, p)
	}
	pausedPart(c, answer)
	return c.JSONBlob(http.StatusAccepted, appendAnswer(make([]byte, 0, 64+64*len(answer.Results)), answer))
}

// firstErrors are those of the only event, where a list of results says little more.
func firstErrors(results []models.IntakeResult) []models.Violation {
	if len(results) == 1 {
		return results[0].Errors
	}
	return nil
}
