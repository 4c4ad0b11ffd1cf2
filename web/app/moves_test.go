package app

import (
	"testing"

	"throughline/handlers"
	"throughline/models"
	"throughline/web/authz"
)

// Whoever finds an exception in a queue of theirs has something to do with it.
func TestEveryTeamHasANextMove(t *testing.T) {
	policy := authz.NewPolicy()
	roles := map[models.Team]models.Role{models.TeamPlanner: models.RolePlanner, models.TeamProcurement: models.RoleProcurement, models.TeamIT: models.RoleIT}
	full := models.ExceptionSubject{
		Source: "erp", Item: "A1", DC: "LEE", Supplier: "S1", Recommendation: "R-1", Document: "PO-1", EventSeq: 7, ERPWrite: 3, Fingerprint: "f",
	}
	type seen struct {
		code    models.ExceptionCode
		team    models.Team
		subject models.ExceptionSubject
	}
	cases := []seen{
		{models.ExceptionNoInfluence, models.TeamPlanner, models.ExceptionSubject{DC: "LEE"}},
		{models.ExceptionNoInfluence, models.TeamIT, models.ExceptionSubject{Source: "replenishment"}},
		{models.ExceptionNoInfluence, models.TeamPlanner, models.ExceptionSubject{Source: "replenishment"}},
		{models.ExceptionTargetDown, models.TeamIT, models.ExceptionSubject{Source: "planning"}},
		{models.ExceptionStaleBasis, models.TeamPlanner, full},
		{models.ExceptionStockout, models.TeamProcurement, full},
		{models.ExceptionStuckDrift, models.TeamPlanner, models.ExceptionSubject{Source: "erp", Item: "A1", DC: "LEE"}},
		{models.ExceptionLateInbound, models.TeamPlanner, full},
		{models.ExceptionConfirmationGap, models.TeamPlanner, full},
		{models.ExceptionHealsFailing, models.TeamPlanner, models.ExceptionSubject{Source: "erp", Item: "A1", DC: "LEE"}},
		{models.ExceptionImplausible, models.TeamPlanner, full},
		{models.ExceptionDuplicateOrder, models.TeamIT, full},
		{models.ExceptionUnknownReference, models.TeamPlanner, full},
		{models.ExceptionDrift, models.TeamIT, full},
		{models.ExceptionSourceSilent, models.TeamPlanner, models.ExceptionSubject{Source: "forecasting"}},
		{models.ExceptionTargetDown, models.TeamProcurement, models.ExceptionSubject{Source: "erp", ERPWrite: 3}},
	}
	for _, kind := range models.ExceptionKinds() {
		cases = append(cases, seen{kind.Code, kind.Team, full})
	}
	for _, c := range cases {
		e := models.Exception{Code: c.code, Subject: c.subject}
		offered := false
		for _, move := range e.Moves() {
			offered = offered || handlers.Offered(policy, roles[c.team], move.ID, moves{}.Address(e, move.ID))
		}
		if !offered {
			t.Errorf("%s about %+v gives %s nothing to do", c.code, c.subject, c.team)
		}
	}
}

func TestAMoveLeadsOnlyToWhatIsThere(t *testing.T) {
	for _, kind := range models.ExceptionKinds() {
		for _, move := range (models.Exception{Code: kind.Code}).Moves() {
			switch href := (moves{}).Address(models.Exception{Code: kind.Code}, move.ID); href {
			case "/events/0", "/routes/", "/chain?q=", "/writes/0":
				t.Errorf("%s without a subject offers %s, which leads to %s", kind.Code, move.ID, href)
			}
		}
	}
}
