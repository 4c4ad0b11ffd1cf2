package models

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
