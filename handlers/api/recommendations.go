package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"throughline/models"
)

const (
	recommendationsPath = "/api/v1/recommendations"

	// mostSubmitted bounds a submission in bytes, as the intake bounds an event.
	mostSubmitted = 1 << 20
)

// submission is what became of a submission at the door.
type submission struct {
	Recommendation string              `json:"recommendation"`
	Status         models.IntakeStatus `json:"status" enum:"accepted,duplicate" doc:"A duplicate was submitted before and takes effect once."`
	Seq            int64               `json:"seq" doc:"Place of its event in the log."`
	StatusURL      string              `json:"status_url" doc:"Where to ask how it stands, as in Location."`
}

// postRecommendation takes in one proposal through the same door as every event,
// so that contract, ownership, limits, pauses and the books hold for it as well.
// Its event has the recommendation's id, which makes a repetition harmless.
func (a *API) postRecommendation(c echo.Context) error {
	r := c.Request()
	key, err := a.cfg.Keys.Authenticate(r.Context(), r.Header.Get(echo.HeaderAuthorization))
	if err != nil {
		return a.writeProblem(c, err)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, mostSubmitted))
	if err != nil {
		return a.writeProblem(c, models.Wrap(models.CodeInvalid, models.ErrTooLarge, "A recommendation has 1 MB at most."))
	}
	var named struct {
		Recommendation string `json:"recommendation"`
	}
	if err := json.Unmarshal(body, &named); err != nil || named.Recommendation == "" {
		return a.writeProblem(c, models.Wrap(models.CodeInvalid, models.ErrMalformed,
			"The body is the JSON of a recommendation and names its id in recommendation; /contracts/"+string(models.TypeRecommendation)+" has the schema."))
	}
	header := r.Header.Clone()
	header.Set("Content-Type", "application/json")
	header.Del("Content-Encoding")
	header.Set("Ce-Specversion", "1.0")
	header.Set("Ce-Type", string(models.TypeRecommendation))
	header.Set("Ce-Source", key.Source)
	header.Set("Ce-Id", url.PathEscape(models.SubmissionEventID(named.Recommendation)))
	answer, err := a.cfg.Intake.Accept(r.Context(), models.IntakeRequest{
		Authorization: r.Header.Get(echo.HeaderAuthorization), Header: header, Body: bytes.NewReader(body), Length: int64(len(body)),
	})
	setQuota(c.Response().Header().Set, answer.Quota)
	if err != nil {
		return a.writeProblem(c, err)
	}
	return a.answerSubmission(c, named.Recommendation, answer)
}

func (a *API) answerSubmission(c echo.Context, id string, answer models.IntakeAnswer) error {
	status := recommendationsPath + "/" + url.PathEscape(id)
	result := answer.Results[0]
	switch result.Status {
	case models.IntakePaused:
		pausedPart(c, answer)
		return nothingTaken(c, answer)
	case models.IntakeRejected:
		p := problemOf(c.Request().Context(), http.StatusUnprocessableEntity, "The recommendation does not keep its contract. Mend it and submit it again under the same id.")
		p.Errors = result.Errors
		return sendProblem(c, p)
	case models.IntakeConflict:
		c.Response().Header().Set(echo.HeaderLocation, status)
		return sendProblem(c, problemOf(c.Request().Context(), http.StatusConflict,
			"Another recommendation was submitted under this id. This one is kept aside until someone decides; give a new one a new id."))
	case models.IntakeAccepted, models.IntakeDuplicate:
	}
	c.Response().Header().Set(echo.HeaderLocation, status)
	return c.JSON(http.StatusAccepted, submission{Recommendation: id, Status: result.Status, Seq: result.Seq, StatusURL: status})
}

// documentSubmission describes the plain handler of submissions in the OpenAPI.
func (a *API) documentSubmission() {
	schemas := a.huma.OpenAPI().Components.Schemas
	refused := schemas.Schema(reflect.TypeFor[problem](), true, "Problem")
	responses := map[string]*huma.Response{
		"202": {
			Description: "Durably stored; Location says where to ask how it stands.",
			Headers:     map[string]*huma.Param{"Location": {Schema: text()}},
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(reflect.TypeFor[submission](), true, "")}},
		},
		"409": {Description: "Another recommendation was submitted under the id.", Content: map[string]*huma.MediaType{problemType: {Schema: refused}}},
	}
	for status, text := range refusals() {
		responses[status] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{problemType: {Schema: refused}}}
	}
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: recommendationsPath, OperationID: "post-recommendation", Summary: "Submit a recommendation",
		Description: "The data of " + string(models.TypeRecommendation) + ", without an envelope. Submitted again under its id it is a duplicate; " +
			"a traceparent header makes it part of a trace.",
		Tags: []string{"Replenishment"}, Security: []map[string][]string{{keyScheme: {}}}, Responses: responses,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, Description: "See /contracts/" + string(models.TypeRecommendation) + "."}},
		}},
	})
}
