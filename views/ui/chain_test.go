package ui_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/views/ui"
)

// split is an order confirmed in two parts, of which one has no ASN.
func split() ui.Chain {
	return ui.Chain{
		Stages: []ui.ChainStage{
			{Name: "Purchase order", Nodes: []ui.ChainNode{{ID: "po", Title: "PO 1", Quantity: "120 EA", Focus: true, Verdict: ui.Superseded}}},
			{Name: "Confirmation", Nodes: []ui.ChainNode{{ID: "c1", Title: "Confirmed", Quantity: "40 EA"}, {ID: "c2", Title: "Confirmed", Quantity: "80 EA"}}},
			{Name: "ASN", Nodes: []ui.ChainNode{{ID: "a2", Title: "No ASN yet", Note: "due 12 Feb", Gap: true}}},
			{Name: "Receipt"},
		},
		Links: []ui.ChainLink{{From: "po", To: "c1", Took: "6 h", Quantity: "40"}, {From: "po", To: "c2", Took: "7 h", Quantity: "80"}, {From: "c2", To: "a2"}},
	}
}

func TestSplitFansOutWithItsPartsAndTimes(t *testing.T) {
	chain := draw(t, ui.ChainThread(split()))
	want(t, "the first part", words(chain.Find("#node-c1 .node-quantity")), "40 EA of 120 EA")
	want(t, "the second part", words(chain.Find("#node-c2 .node-quantity")), "80 EA of 120 EA")
	want(t, "the second part's time", words(chain.Find("#node-c2 .node-part")), "after 7 h")
	if !chain.Find("#node-c1").HasClass("lane-0") || !chain.Find("#node-c2").HasClass("lane-1") {
		t.Error("the parts of a split share a lane")
	}
	curves := 0
	chain.Find("path.thread").Each(func(_ int, s *goquery.Selection) {
		if strings.Contains(s.AttrOr("d", ""), "C") {
			curves++
		}
	})
	if curves != 1 {
		t.Errorf("%d links curve, not 1", curves)
	}
}

func TestGapIsDrawnAsAGapWithItsReason(t *testing.T) {
	chain := draw(t, ui.ChainThread(split()))
	gap := chain.Find("#node-a2")
	if !gap.HasClass("lane-1") {
		t.Error("the gap left the lane of the part that it belongs to")
	}
	want(t, "the reason", words(gap.Find(".node-note")), "due 12 Feb")
	if chain.Find("path.thread-gap").Length() != 1 || chain.Find(".thread-break").Length() != 1 || chain.Find("circle.dot-gap").Length() != 1 {
		t.Error("the thread runs on over a gap")
	}
	want(t, "what is ahead", words(chain.Find(".chain-ahead")), "Receipt not yet")
}

func TestAStageThatWasPassedByIsNotAwaited(t *testing.T) {
	chain := draw(t, ui.ChainThread(ui.Chain{
		Stages: []ui.ChainStage{{Name: "Revision"}, {Name: "Order", Nodes: []ui.ChainNode{{ID: "po", Title: "PO 1"}}}, {Name: "Receipt"}},
	}))
	want(t, "the stages without a node", words(chain.Find(".chain-ahead")), "Revision noneReceipt not yet")
}

func TestTwoEvaluationsOfARevisionAreNoSplit(t *testing.T) {
	chain := split()
	for i := range chain.Links {
		chain.Links[i].Quantity = ""
	}
	want(t, "the revision", words(draw(t, ui.ChainThread(chain)).Find("#node-po .node-link")), "")
	want(t, "the order", words(draw(t, ui.ChainThread(split())).Find("#node-po .node-link")), "split")
}

func TestVerdictSitsOnTheNodeWhereItWasTaken(t *testing.T) {
	chain := draw(t, ui.ChainThread(split()))
	want(t, "the order's verdict", words(chain.Find("#node-po .verdict")), "SUPERSEDED")
	if chain.Find(".verdict").Length() != 1 {
		t.Error("a verdict is shown where none was taken")
	}
	want(t, "the node the reader came from", chain.Find("[aria-current]").AttrOr("id", ""), "node-po")
}

func TestBranchesBeyondTheDrawingAreCounted(t *testing.T) {
	chain := ui.Chain{Stages: []ui.ChainStage{{Name: "Receipt"}}}
	for i := range 15 {
		chain.Stages[0].Nodes = append(chain.Stages[0].Nodes, ui.ChainNode{ID: strconv.Itoa(i), Title: "GR"})
	}
	drawn := draw(t, ui.ChainThread(chain))
	want(t, "what is left out", words(drawn.Find(".chain-hidden")), "3 more branches are not drawn")
	if n := drawn.Find(".node").Length(); n != 12 {
		t.Errorf("%d nodes are drawn, not 12", n)
	}
}

func TestLinkToANodeThatIsNotThereDrawsNothing(t *testing.T) {
	chain := split()
	chain.Links = append(chain.Links, ui.ChainLink{From: "po", To: "nowhere"}, ui.ChainLink{From: "nobody", To: "c1"})
	if n := draw(t, ui.ChainThread(chain)).Find("path.thread").Length(); n != 3 {
		t.Errorf("%d links are drawn, not 3", n)
	}
}
