package handlers

import (
	"context"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/web/authz"
	"throughline/web/session"
)

// movePermissions are what each acting move asks for: any one of them is
// enough. A move that is not listed may be made by nobody.
func movePermissions(move string) []authz.Permission {
	switch move {
	case "retry", "audit", "look", "reconcile":
		return []authz.Permission{authz.OperateFlow}
	case rereadMove:
		return []authz.Permission{authz.OperateFlow, authz.PlanDay}
	case "recompute", "accept", "chase", "evaluate":
		return []authz.Permission{authz.ApproveProposals}
	case "resubmit":
		return []authz.Permission{authz.OperateFlow, authz.ApproveProposals}
	}
	return nil
}

func mayMove(c echo.Context, policy authz.Policy, move string) bool {
	user, _ := session.User(c.Request().Context())
	return Offered(policy, user.Role, move, "")
}

// Offered tells whether a role is offered a move that leads to href, or that
// acts where href is empty.
func Offered(policy authz.Policy, role models.Role, move, href string) bool {
	allowed := func(p authz.Permission) bool { return policy.Allows(role, p) }
	switch {
	case href == "":
		return slices.ContainsFunc(movePermissions(move), allowed)
	case strings.HasPrefix(href, influencePath):
		return allowed(authz.PlanDay)
	case leadsIntoFlow(href):
		return allowed(authz.ViewFlow)
	}
	return true
}

// mayWork tells whether whoever asks works on exceptions and finds this one in
// a queue that is theirs to open.
func (h *Exceptions) mayWork(c echo.Context, e models.Exception) bool {
	reader, _ := session.User(c.Request().Context())
	return e.Of(h.Policy.WorkTeams(reader.Role))
}

// colleagues are the people who may work on an exception.
func (h *Exceptions) colleagues(ctx context.Context, e models.Exception) ([]models.User, error) {
	people, err := h.People.Active(ctx)
	return slices.DeleteFunc(people, func(u models.User) bool { return !e.Of(h.Policy.WorkTeams(u.Role)) }), err
}

// leadsIntoFlow tells whether a page opens only to those who may see the flow.
func leadsIntoFlow(href string) bool {
	return slices.ContainsFunc([]string{"/flow", "/parked", "/rejected", "/routes", "/books", "/reconciliation", connectorsPath}, func(path string) bool {
		return strings.HasPrefix(href, path)
	})
}
