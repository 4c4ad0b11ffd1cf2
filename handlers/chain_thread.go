package handlers

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

// threadOf draws a chain's record as its thread.
func threadOf(chain models.Chain, place chainPlace) ui.Chain {
	thread := ui.Chain{Summary: threadSummary(chain)}
	for _, stage := range models.ChainStages() {
		column := ui.ChainStage{Name: chainStageWord(stage)}
		for _, n := range chain.Stage(stage) {
			column.Nodes = append(column.Nodes, threadNode(chain, n, place))
		}
		thread.Stages = append(thread.Stages, column)
	}
	for _, l := range chain.Links {
		link := ui.ChainLink{From: l.From, To: l.To}
		if l.Took != nil {
			link.Took = tookText(*l.Took)
		}
		if l.Quantity != nil {
			link.Quantity = ui.Exact(*l.Quantity)
		}
		thread.Links = append(thread.Links, link)
	}
	if chain.Basis != nil {
		for _, check := range chain.Basis.Checks {
			if check.Moment == models.MomentNow {
				thread.Now, thread.NowNote = verdictOf(check.Verdict), check.Changed
				thread.NowWord = nowWord("Basis now", "Basis then", chain.Known.At)
			}
		}
	}
	return thread
}

// tookText is the time between two steps; what came in one message took none.
func tookText(took time.Duration) string {
	if took < time.Millisecond {
		return "at once"
	}
	return ui.Took(took)
}

// threadSummary says where the thread ends: at what is missing, or at its end.
func threadSummary(chain models.Chain) string {
	var furthest *models.ChainNode
	for _, stage := range models.ChainStages() {
		for _, n := range chain.Stage(stage) {
			furthest = &n
		}
	}
	switch {
	case furthest == nil && chain.Known.At != nil:
		return "At that moment the tower knew nothing of this thread yet."
	case furthest == nil:
		return "Nothing is on record for this item at this DC yet: no forecast revision, no recommendation, no order."
	case furthest.Gap:
		return furthest.Key + ". " + furthest.Reason
	case furthest.Stage == models.StageReceipt:
		return receivedWords(chain)
	default:
		return chainStageWord(furthest.Stage) + ": " + furthest.Key + "."
	}
}

// receivedWords say how much of what was ordered has come.
func receivedWords(chain models.Chain) string {
	sum := func(stage models.ChainStage) decimal.Decimal {
		total := decimal.Zero
		for _, n := range chain.Stage(stage) {
			if n.Quantity != nil {
				total = total.Add(*n.Quantity)
			}
		}
		return total
	}
	received, ordered := sum(models.StageReceipt), sum(models.StageOrder)
	if received.LessThan(ordered) {
		return "Received " + ui.Exact(received) + " of " + amount(ordered, chain.Unit) + "."
	}
	return "Received."
}

func chainStageWord(stage models.ChainStage) string {
	switch stage {
	case models.StageOrder:
		return "Order"
	case models.StageASN:
		return "ASN"
	case models.StageRevision, models.StageEvaluation, models.StageRecommendation, models.StageDecision, models.StageConfirmation, models.StageReceipt:
	}
	return capital(string(stage))
}

func threadNode(chain models.Chain, n models.ChainNode, place chainPlace) ui.ChainNode {
	node := ui.ChainNode{
		ID: n.ID, Title: capital(strings.ReplaceAll(n.Key, "_", " ")), Who: n.Actor, Note: n.Detail,
		Verdict: verdictOf(n.Verdict), Gap: n.Gap && !n.Ended, Focus: n.ID == focusOf(chain, place),
		Href: place.opening(n.ID), Panel: true,
	}
	if n.Gap {
		node.Note = n.Reason
	}
	if n.Quantity != nil {
		node.Quantity = amount(*n.Quantity, chain.Unit)
	}
	node.Parts = partsWords(chain, n)
	if n.At != nil {
		node.At = *n.At
	}
	switch {
	case n.Stage == models.StageConfirmation && n.Day != nil:
		node.When = "for " + n.Day.Format("2 Jan")
	case n.Stage == models.StageASN && n.Day != nil:
		node.When = "arrives " + n.Day.Format("2 Jan")
	}
	if n.Stage == models.StageConfirmation && !n.Gap && n.Detail != "" {
		node.Severity = ui.P2 // confirmed short
	}
	return node
}

// focusOf is the step that is open, else the one that was searched for.
func focusOf(chain models.Chain, place chainPlace) string {
	if place.node != "" {
		return place.node
	}
	return chain.Focus
}

// nowWord is how this moment is called, which on a chain of the past is another one.
func nowWord(now, then string, at *time.Time) string {
	if at != nil {
		return then
	}
	return now
}

func eventPath(seq int64) string { return "/events/" + strconv.FormatInt(seq, 10) }

// stepTable is the thread as rows: the same for those who cannot see it drawn,
// with the way to each event.
func stepTable(chain models.Chain, place chainPlace) ui.Table {
	table := ui.Table{
		ID: "steps", Caption: "The steps of the chain",
		Columns: []ui.Column{
			{Title: "Step"}, {Title: "What", Fold: ui.FoldLead}, {Title: "Quantity", Unit: chain.Unit, Number: true, Fold: ui.FoldTrail},
			{Title: "Who", Spare: true}, {Title: "When", Help: "When it happened at its source"}, {Title: "Known", Help: "When the tower received it", Spare: true},
			{Title: "For", Help: "Business day"}, {Title: "Why", Fold: ui.FoldGrow}, {Title: "Event"},
		},
		Empty: ui.Notice{Title: "Nothing happened yet", Detail: "Forecast revisions, evaluations, recommendations and orders appear here as they come."},
	}
	for _, stage := range models.ChainStages() {
		for _, n := range chain.Stage(stage) {
			table.Rows = append(table.Rows, ui.Row{
				ID: "step-" + n.ID, Open: n.ID == focusOf(chain, place), Href: place.opening(n.ID), Panel: true, Cells: stepCells(n),
			})
		}
	}
	return table
}

func stepCells(n models.ChainNode) []templ.Component {
	quantity, when, known, day, event := ui.Muted("–"), ui.Muted("–"), ui.Muted("–"), ui.Text(""), ui.Text("")
	if n.Quantity != nil {
		quantity = ui.Text(ui.Exact(*n.Quantity))
	}
	if n.At != nil {
		when = ui.At(*n.At)
		known = ui.Muted("at once")
	}
	if n.KnownAt != nil {
		known = ui.At(*n.KnownAt)
	}
	if n.Day != nil {
		day = ui.Text(n.Day.Format("2 Jan"))
	}
	if n.Seq != 0 {
		event = ui.Link(eventPath(n.Seq), strconv.FormatInt(n.Seq, 10))
	}
	what, why := ui.Text(capital(strings.ReplaceAll(n.Key, "_", " "))), ui.Clip(n.Detail)
	if n.Gap {
		what, why = ui.Muted(n.Key), ui.Clip(n.Reason)
	}
	return cells(ui.Muted(chainStageWord(n.Stage)), what, quantity, ui.Text(n.Actor), when, known, day, why, event)
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
