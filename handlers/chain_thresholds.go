package handlers

import (
	"strings"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// thresholdFacts say whether stock is below its levels; coloured while it is.
func thresholdFacts(chain models.Chain) []ui.KeyValue {
	var facts []ui.KeyValue
	for _, t := range chain.Thresholds {
		facts = append(facts, ui.KeyValue{
			Key: capital(strings.ReplaceAll(t.Threshold, "_", " ")),
			Value: templ.Join(thresholdNow(t, chain.Unit), ui.Muted(" · told "), ui.Since(t.At), ui.Muted(", at "+amount(t.Told, chain.Unit)+", "),
				ui.Link(eventPath(t.Seq), "its event")),
		})
	}
	return facts
}

func thresholdNow(t models.ThresholdFact, unit string) templ.Component {
	switch {
	case t.Available == nil:
		return ui.Text("level " + amount(t.Level, unit) + ", no balance is known")
	case t.Stands():
		return ui.Change(amount(*t.Available, unit)+" available, not above its level of "+amount(t.Level, unit), ui.P3)
	default:
		return ui.Text(amount(*t.Available, unit) + " available, above its level of " + amount(t.Level, unit) + " again")
	}
}
