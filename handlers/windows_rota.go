package handlers

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// teamShift is a shift of a team's rota.
type teamShift struct {
	team  models.Team
	shift models.Shift
	runs  func(now time.Time) []models.Duty // the shifts of the rota that run
}

func shiftsOf(rotas map[models.Team]models.Rota) []teamShift {
	var all []teamShift
	for _, team := range slices.Sorted(maps.Keys(rotas)) {
		for _, shift := range rotas[team].Shifts {
			all = append(all, teamShift{team, shift, rotas[team].At})
		}
	}
	return all
}

func rotaTable(shifts []teamShift, now time.Time) ui.Table {
	table := ui.Table{
		ID: "rota", Caption: "Who is on duty",
		Columns: []ui.Column{
			{Title: "Team", Fold: ui.FoldLead}, {Title: "Shift"}, {Title: "Begins on"}, {Title: "Hours", Help: "By the clock on the wall of the time zone"}, {Title: "Time zone"},
			{Title: "On duty", Fold: ui.FoldGrow}, {Title: "Now", Help: "Until when it runs"},
		},
		Empty: ui.Notice{Title: "No team has a rota", Detail: "Without one the lead and the duty manager of escalation in throughline.yaml are called, at any hour of their calendar."},
	}
	for _, s := range shifts {
		table.Rows = append(table.Rows, ui.Row{ID: "shift-" + string(s.team) + "-" + s.shift.Name, Cells: cells(
			ui.Text(teamWord(s.team)), ui.Text(s.shift.Name), ui.Text(dayWords(s.shift.Days)), ui.Text(clockWords(s.shift.From)+"–"+clockWords(s.shift.To)),
			ui.Muted(s.shift.Zone.String()), ui.Text(models.CalledWords(s.shift.OnDuty)), s.runsUntil(now))})
	}
	return table
}

// runsUntil is until when the shift runs; a dash while it does not.
func (s teamShift) runsUntil(now time.Time) templ.Component {
	for _, duty := range s.runs(now) {
		if duty.Shift == s.shift.Name {
			return ui.Text("on duty until " + wallTime(duty.Until, now))
		}
	}
	return ui.Muted("–")
}

func clockWords(sinceMidnight time.Duration) string {
	if sinceMidnight == 24*time.Hour {
		return "24:00"
	}
	return time.Time{}.Add(sinceMidnight).Format("15:04")
}

// dayWords are days of the week from Monday on.
func dayWords(days [7]bool) string {
	var words []string
	for day := 1; day <= 7; day++ {
		if days[day%7] {
			words = append(words, time.Weekday(day % 7).String()[:3])
		}
	}
	if len(words) == 7 {
		return "every day"
	}
	return strings.Join(words, ", ")
}
