package handlers

import (
	"strings"

	"throughline/models"
	"throughline/views/ui"
)

// partsWords say how a node's quantity came together and how it went on.
func partsWords(chain models.Chain, n models.ChainNode) []string {
	var words []string
	if p := chain.Sources(n); p != nil {
		words = append(words, "From "+sumWords(*p, chain.Unit))
	}
	if p := chain.Onward(n); p != nil {
		words = append(words, onwardWord(p.Stage)+" "+sumWords(*p, chain.Unit))
	}
	return words
}

func onwardWord(stage models.ChainStage) string {
	switch stage {
	case models.StageOrder:
		return "Ordered"
	case models.StageConfirmation:
		return "Confirmed"
	case models.StageASN:
		return "Shipped"
	case models.StageReceipt:
		return "Received"
	case models.StageRevision, models.StageEvaluation, models.StageRecommendation, models.StageDecision:
	}
	return "Went on"
}

// sumWords is "50 + 30 = 80 of 120 EA, 40 open".
func sumWords(p models.ChainParts, unit string) string {
	parts := make([]string, len(p.Parts))
	for i, q := range p.Parts {
		parts[i] = ui.Exact(q)
	}
	words := strings.Join(parts, " + ")
	if len(parts) > 1 {
		words += " = " + ui.Exact(p.Sum)
	}
	words += " of " + amount(p.Of, unit)
	if p.Open().IsPositive() {
		words += ", " + ui.Exact(p.Open()) + " open"
	}
	if p.Over().IsPositive() {
		words += ", " + ui.Exact(p.Over()) + " too many"
	}
	return words
}
