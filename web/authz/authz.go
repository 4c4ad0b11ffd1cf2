// Package authz says what each role may do. The server
// asks it on every request; pages ask it so as not to offer what would be refused.
package authz

import (
	"slices"

	"throughline/models"
)

// Permission is one thing that an account may or may not do.
type Permission string

// The permissions. Public needs no account and knows none; Visitor needs none
// but has a session; SignedIn needs any account.
const (
	Public           Permission = "public"
	Visitor          Permission = "visitor"
	SignedIn         Permission = "signed_in"
	ApproveProposals Permission = "approve_proposals" // approve, reject, recompute, ask
	WorkExceptions   Permission = "work_exceptions"   // acknowledge, assign, resolve, next moves
	OperateFlow      Permission = "operate_flow"      // retry, discard, resubmit, reconcile
	ViewPayloads     Permission = "view_payloads"     // raw events and ERP messages
	BreakSomething   Permission = "break_something"   // the demo's faults
	PlanDay          Permission = "plan_day"          // the planner's day, the influence board, answers to questions
	ViewProcurement  Permission = "view_procurement"  // procurement's queue and order desk
	ViewPlanning     Permission = "view_planning"     // planning's queue
	ViewFlow         Permission = "view_flow"         // the flow map, IT's queue, books
	ViewMeasures     Permission = "view_measures"     // the executive's measures and their rows
	ViewAudit        Permission = "view_audit"        // who changed what, and why
)

func grants() map[Permission][]models.Role {
	return map[Permission][]models.Role{
		ApproveProposals: {models.RolePlanner, models.RoleProcurement},
		WorkExceptions:   {models.RolePlanner, models.RoleProcurement, models.RoleIT},
		OperateFlow:      {models.RoleIT},
		ViewPayloads:     {models.RoleIT},
		BreakSomething:   {models.RolePlanner, models.RoleProcurement, models.RoleIT, models.RoleExecutive},
		PlanDay:          {models.RolePlanner},
		ViewProcurement:  {models.RoleProcurement, models.RoleExecutive},
		ViewPlanning:     {models.RolePlanner, models.RoleProcurement, models.RoleExecutive},
		ViewFlow:         {models.RoleIT},
		ViewMeasures:     {models.RoleExecutive},
		ViewAudit:        {models.RoleIT, models.RoleExecutive},
	}
}

// Policy is the answer book of all roles. It is immutable and safe for concurrent use.
type Policy struct{ grants map[Permission][]models.Role }

// NewPolicy makes the built-in policy.
func NewPolicy() Policy { return Policy{grants: grants()} }

// MayShelve tells whether a role may put kinds of exceptions of a team aside:
// whoever operates the flow, and the team itself.
func (p Policy) MayShelve(role models.Role, owner models.Team) bool {
	return p.Allows(role, OperateFlow) || p.Allows(role, WorkExceptions) && models.Team(role) == owner
}

// Known tells whether p is a permission at all; a route with another is a mistake.
func (p Policy) Known(perm Permission) bool {
	_, ok := p.grants[perm]
	return ok || perm == Public || perm == Visitor || perm == SignedIn
}

// Roles are those that may do perm, besides an administrator.
func (p Policy) Roles(perm Permission) []models.Role { return slices.Clone(p.grants[perm]) }

// Allows tells whether a role may do perm. An administrator may do everything.
func (p Policy) Allows(role models.Role, perm Permission) bool {
	switch {
	case perm == Public || perm == Visitor:
		return true
	case !role.Valid():
		return false
	case perm == SignedIn || role == models.RoleAdmin:
		return true
	}
	return slices.Contains(p.grants[perm], role)
}
