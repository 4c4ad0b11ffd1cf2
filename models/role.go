package models

import "slices"

// Role decides what an account sees first and what it may do.
type Role string

// The roles. RoleAdmin may do everything.
const (
	RolePlanner     Role = "planner"
	RoleProcurement Role = "procurement"
	RoleIT          Role = "it"
	RoleExecutive   Role = "executive"
	RoleAdmin       Role = "admin"
)

// Roles are all roles, in the order in which lists show them.
func Roles() []Role {
	return []Role{RolePlanner, RoleProcurement, RoleIT, RoleExecutive, RoleAdmin}
}

// Valid tells whether r is one of the roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Word is the role as people say it; empty for one that there is not.
func (r Role) Word() string {
	switch r {
	case RolePlanner:
		return "Planner"
	case RoleProcurement:
		return "Procurement"
	case RoleIT:
		return "IT"
	case RoleExecutive:
		return "Executive"
	case RoleAdmin:
		return "Administrator"
	}
	return ""
}
