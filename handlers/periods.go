package handlers

import (
	"time"

	"github.com/labstack/echo/v4"

	"throughline/views/ui"
)

// chosenPeriod is a span up to now that a reader may choose.
type chosenPeriod struct {
	name, title string
	span        time.Duration
}

// longPeriods are for what is judged over days rather than minutes; a day
// stands where none is chosen.
func longPeriods() []chosenPeriod {
	const day = 24 * time.Hour
	return []chosenPeriod{{"1h", "1 h", time.Hour}, {"24h", "24 h", day}, {"7d", "7 d", 7 * day}, {"30d", "30 d", 30 * day}}
}

func periodOf(c echo.Context) chosenPeriod {
	chosen := longPeriods()[1]
	for _, p := range longPeriods() {
		if p.name == c.QueryParam("period") {
			chosen = p
		}
	}
	return chosen
}

func periodField(chosen chosenPeriod) ui.FilterField {
	field := ui.FilterField{Name: "period", Label: "Period", Value: chosen.name}
	for _, p := range longPeriods() {
		field.Options = append(field.Options, ui.Option{Value: p.name, Label: p.title})
	}
	return field
}
