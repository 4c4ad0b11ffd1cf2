package authz

import "throughline/models"

// QueuePermission is what opens a team's queue of exceptions; false for what is no team.
func QueuePermission(team models.Team) (Permission, bool) {
	switch team {
	case models.TeamPlanner:
		return ViewPlanning, true
	case models.TeamProcurement:
		return ViewProcurement, true
	case models.TeamIT:
		return ViewFlow, true
	}
	return "", false
}

// WorkTeams are the teams whose exceptions a role may work on: it works on
// exceptions at all, and opens their queue.
func (p Policy) WorkTeams(role models.Role) []models.Team {
	if !p.Allows(role, WorkExceptions) {
		return nil
	}
	var teams []models.Team
	for _, team := range []models.Team{models.TeamPlanner, models.TeamProcurement, models.TeamIT} {
		if permission, known := QueuePermission(team); known && p.Allows(role, permission) {
			teams = append(teams, team)
		}
	}
	return teams
}
