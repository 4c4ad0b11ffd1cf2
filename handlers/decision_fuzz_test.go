package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"throughline/models"
)

// FuzzReadDecision holds that a form is read as a decision of its own page, in
// bounds, or refused with words.
func FuzzReadDecision(f *testing.F) {
	for _, seed := range []string{
		"version=3&shown=CURRENT&reason=ok", "version=3&shown=AGED&accept_stale=1&quantity=120", "version=-1&shown=&quantity=", "quantity=1e99999&version=1&shown=CURRENT", "quantity=1e-99999&version=1&shown=CURRENT",
		"quantity=-5&version=1&shown=CURRENT", "quantity=0.00001&version=1&shown=CURRENT", "version=99999999999999999999", "shown=made+up&version=1", "reason=%00&version=1", "%zz", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/approvals/R-1/approve", strings.NewReader(body))
		r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
		c := echo.New().NewContext(r, httptest.NewRecorder())
		c.SetParamNames("recommendation")
		c.SetParamValues("R-1")
		d, err := readDecision(c, models.DecisionApproved)
		if err != nil {
			if models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("%q is refused as %s: %v", body, models.CodeOf(err), err)
			}
			return
		}
		values, _ := url.ParseQuery(body)
		if d.Recommendation != "R-1" || d.Verdict != models.DecisionApproved || len(d.Reason) > longestReason {
			t.Errorf("%q is read as %+v", body, d)
		}
		if (d.Quantity != nil) != values.Has("quantity") || d.Quantity != nil && (!d.Quantity.IsPositive() || d.Quantity.Exponent() > 0 || len(d.Quantity.String()) > 40) {
			t.Errorf("%q asks for %v", body, d.Quantity)
		}
	})
}

// FuzzReadRoute holds that an event is handed to a queue that there is, or to
// somebody who works on exceptions.
func FuzzReadRoute(f *testing.F) {
	for _, seed := range []string{"", toTeam, toTeam + "it", toTeam + "nobody", toPerson, toPerson + "ida", toPerson + "Ida", toPerson + "eve\x00", "it", toTeam + toPerson + "ida"} {
		f.Add(seed)
	}
	people := []models.User{{Name: "ida", Role: models.RoleIT}, {Name: "pat", Role: models.RolePlanner}, {Name: "adam", Role: models.RoleAdmin}}
	f.Fuzz(func(t *testing.T, to string) {
		route, err := readRoute(to, people)
		if err != nil {
			if models.CodeOf(err) != models.CodeInvalid || route != (models.EventRoute{}) {
				t.Fatalf("%q is refused as %s with %+v", to, models.CodeOf(err), route)
			}
			return
		}
		if to != toTeam+string(route.Team) && to != toPerson+route.Owner {
			t.Errorf("%q goes to %+v", to, route)
		}
	})
}
