package layout

import (
	"slices"
	"throughline/models"
	"throughline/views/ui"
)

// NavGroup is a titled part of the navigation.
type NavGroup struct {
	Title string
	Items []NavItem
}

// NavItem is one page that the reader's role may open.
type NavItem struct {
	Key  string
	Name string
	Href string
	NavBadge
}

// NavBadge is the count that stands at the right of an entry.
type NavBadge struct {
	Count string
	// Severity marks the count when someone has to act on it.
	Severity ui.Severity
}

// The keys of the navigation's entries: Page.Active and the badges name them.
const (
	NavMyDay          = "my-day"
	NavInfluence      = "influence"
	NavApprovals      = "approvals"
	NavPlanning       = "exceptions-planning"
	NavProcurement    = "exceptions-procurement"
	NavIT             = "exceptions-it"
	NavFlow           = "flow"
	NavOverview       = "overview"
	NavBooks          = "books"
	NavParked         = "parked"
	NavRoutes         = "routes"
	NavReconciliation = "reconciliation"
	NavExecutive      = "executive"
	NavAlarms         = "alarms"
	NavWindows        = "windows"
	NavLatency        = "latency"
	NavConcentration  = "concentration"
	NavConnectors     = "connectors"
	NavAudit          = "audit"
	NavStock          = "stock"
	NavManualWork     = "manual-work"
	NavCapabilities   = "capabilities"
)

// Home is where a role lands after signing in.
func Home(role models.Role) string {
	switch role {
	case models.RolePlanner:
		return "/my-day"
	case models.RoleProcurement:
		return "/exceptions/procurement"
	case models.RoleIT:
		return "/flow"
	case models.RoleExecutive:
		return "/executive"
	default:
		return "/overview"
	}
}

// Navigation is what a role may open, its own work first. badges go by key.
func Navigation(role models.Role, badges map[string]NavBadge) []NavGroup {
	var groups []NavGroup
	for _, group := range allGroups() {
		var items []NavItem
		for _, entry := range group.entries {
			if entry.open(role) {
				items = append(items, NavItem{entry.key, entry.name, entry.href, badges[entry.key]})
			}
		}
		if len(items) > 0 {
			groups = append(groups, NavGroup{group.title, items})
		}
	}
	return groups
}

type navEntry struct {
	key, name, href string
	roles           []models.Role // empty: everyone
}

func (e navEntry) open(role models.Role) bool {
	if len(e.roles) == 0 || role == models.RoleAdmin {
		return true
	}
	return slices.Contains(e.roles, role)
}

type navSection struct {
	title   string
	entries []navEntry
}

func allGroups() []navSection {
	const planner, procurement, it, executive = models.RolePlanner, models.RoleProcurement, models.RoleIT, models.RoleExecutive
	return []navSection{
		{"Work", []navEntry{
			{NavMyDay, "My day", "/my-day", []models.Role{planner}},
			{NavInfluence, "Influence board", "/influence", []models.Role{planner}},
			{NavApprovals, "Approvals", "/approvals", []models.Role{planner, procurement}},
			{NavProcurement, "Procurement queue", "/exceptions/procurement", []models.Role{procurement, executive}},
			{NavPlanning, "Planning queue", "/exceptions/planning", []models.Role{planner, procurement, executive}},
			{NavIT, "Integration queue", "/exceptions/it", []models.Role{it}},
			{NavConcentration, "Concentration", "/concentration", []models.Role{planner, procurement, executive}},
		}},
		{"Network", []navEntry{
			{NavOverview, "Overview", "/overview", nil},
			{NavStock, "Stock truth", "/stock", nil},
			{NavFlow, "Flow map", "/flow", []models.Role{it}},
			{NavCapabilities, "Capabilities", "/capabilities", []models.Role{it}},
			{NavParked, "Parked events", "/parked", []models.Role{it}},
			{NavRoutes, "Routes", "/routes", []models.Role{it}},
			{NavBooks, "Books", "/books", []models.Role{it}},
			{NavReconciliation, "Reconciliation", "/reconciliation", []models.Role{it}},
			{NavConnectors, "Connectors", "/connectors", []models.Role{it}},
			{NavLatency, "Latency by DC", "/latency", []models.Role{it}},
			{NavWindows, "Windows and budgets", "/windows", []models.Role{it}},
			{NavAlarms, "Alarm health", "/alarms", []models.Role{it}},
			{NavManualWork, "Manual work", "/manual-work", []models.Role{it, executive}},
			{NavAudit, "Audit trail", "/audit", []models.Role{it, executive}},
			{NavExecutive, "Health", "/executive", []models.Role{executive}},
		}},
	}
}
