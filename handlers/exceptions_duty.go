package handlers

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"throughline/models"
	"throughline/views/ui"
)

// dutyFact says who of the team that owns an open exception is on duty now; false
// where the team has no rota.
func (h *Exceptions) dutyFact(e models.Exception) (ui.KeyValue, bool) {
	rota, has := h.Clocks().Rotas[cmp.Or(e.RoutedTeam, e.Team)]
	if !has || e.State == models.ExceptionResolved {
		return ui.KeyValue{}, false
	}
	now := h.Frame.Now()
	fact := ui.KeyValue{Key: "On duty", Value: ui.Text(onDutyWords(rota, now))}
	if len(rota.At(now)) == 0 && rota.Outside != "" {
		fact.Note = "a P1 calls " + models.CalledWords([]string{rota.Outside})
	}
	return fact, true
}

// onDutyWords name who is on duty and until when, or from when somebody is again.
func onDutyWords(rota models.Rota, now time.Time) string {
	var words []string
	for _, duty := range rota.At(now) {
		words = append(words, models.CalledWords(duty.OnDuty)+" until "+wallTime(duty.Until, now)+" ("+duty.Shift+")")
	}
	if len(words) > 0 {
		return strings.Join(words, "; ")
	}
	if next, found := rota.Next(now); found {
		return "nobody until " + wallTime(next.In(rota.At(next)[0].Until.Location()), now)
	}
	return "nobody"
}

// wallTime is an instant by the clock of its zone, with the day where it is not today there.
func wallTime(at, now time.Time) string {
	form := "Mon 15:04"
	if at.YearDay() == now.In(at.Location()).YearDay() {
		form = "15:04"
	}
	return at.Format(form) + " " + at.Location().String()
}

// escalatedNote is whom the last step of the escalation called, as its history says it.
func escalatedNote(d models.ExceptionDetail) string {
	for _, n := range slices.Backward(d.Notes) {
		if n.Action == "escalated" {
			return n.Note
		}
	}
	return "to " + models.CalledAs(d.Escalation, d.Called())
}
