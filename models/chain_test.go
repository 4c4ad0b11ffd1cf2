package models_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func minutes(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// wholeChain is a thread on which everything happened, received in two parts.
func wholeChain() models.ChainRows {
	return models.ChainRows{
		Item: "A", DC: "LEE", Unit: "EA", Consumer: "replenishment",
		Revisions:   []models.ChainRevision{{Revision: 7, Run: "F-7", Quantity: dec(90), PublishedAt: minutes(0)}},
		Evaluations: []models.ChainEvaluation{{Run: "N-1", Outcome: "recommend", Recommendation: "R-1", ForecastRevision: new(int64(7)), EvaluatedAt: minutes(4)}},
		Recommendations: []models.ChainRecommendation{{
			Recommendation: "R-1", Kind: "purchase", Run: "N-1", Supplier: "S-1", Quantity: dec(120), ForecastRevision: new(int64(7)),
			ComputedAt: minutes(5), State: models.ProposalOrdered, WriteState: models.WriteConfirmed, Document: "PO-1",
		}},
		Decisions: []models.ChainDecision{{Recommendation: "R-1", DecisionRecord: models.DecisionRecord{
			ID: 3, Verdict: models.DecisionApproved, Actor: "ana", Quantity: dec(120), DecidedAt: minutes(20),
		}}},
		Orders: []models.ChainOrder{{
			Number: "PO-1", Line: 1, Kind: "purchase", Reference: "TL-R-1", State: "received", Supplier: "S-1", Quantity: dec(120), NeedBy: noon, OrderedAt: minutes(21),
		}},
		Confirmations: []models.ChainReply{{ID: "C-1", Number: "PO-1", Line: 1, Quantity: dec(120), At: minutes(30)}},
		ASNs:          []models.ChainReply{{ID: "N-1", Number: "PO-1", Line: 1, Quantity: dec(120), At: minutes(40)}},
		Receipts: []models.ChainReply{
			{ID: "G-1", Number: "PO-1", Line: 1, Quantity: dec(80), At: minutes(50)},
			{ID: "G-2", Number: "PO-1", Line: 1, Quantity: dec(40), At: minutes(60)},
		},
	}
}

func gaps(c models.Chain) string {
	var found []string
	for _, n := range c.Nodes {
		if n.Gap {
			found = append(found, string(n.Stage)+" "+n.Key)
		}
	}
	return strings.Join(found, ", ")
}

func TestAnOrderSaysWhetherItsSupplierHasIt(t *testing.T) {
	for want, o := range map[string]models.ChainOrder{
		"open": {State: "open"},
		"open, transmitted 2 Mar 08:21:00 UTC, not acknowledged yet":                           {State: "open", TransmittedAt: &sentAt},
		"open, transmitted 2 Mar 08:21:00 UTC, acknowledged 2 Mar 08:31:00 UTC":                {State: "open", TransmittedAt: &sentAt, AcknowledgedAt: &thereAt},
		"open, transmitted 2 Mar 08:21:00 UTC, again 2 Mar 08:31:00 UTC, not acknowledged yet": {State: "open", TransmittedAt: &sentAt, ResentAt: &thereAt},
		"confirmed, transmitted 2 Mar 08:21:00 UTC":                                            {State: "confirmed", TransmittedAt: &sentAt},
	} {
		rows := wholeChain()
		o.Number, o.Reference, o.Line, o.Kind, o.Quantity, o.OrderedAt, o.NeedBy = "PO-1", "TL-R-1", 1, "purchase", dec(120), minutes(21), noon
		rows.Orders = []models.ChainOrder{o}
		if got := models.AssembleChain(rows, minutes(70)).Stage(models.StageOrder)[0].Detail; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

var (
	sentAt  = time.Date(2026, 3, 2, 8, 21, 0, 0, time.UTC)
	thereAt = sentAt.Add(10 * time.Minute)
)

func TestAWholeChainHasNoGaps(t *testing.T) {
	c := models.AssembleChain(wholeChain(), minutes(70))
	if got := gaps(c); got != "" {
		t.Errorf("gaps: %s", got)
	}
	for _, stage := range models.ChainStages() {
		if len(c.Stage(stage)) == 0 {
			t.Errorf("nothing at %s", stage)
		}
	}
	var parts []string
	for _, l := range c.Links {
		if strings.HasPrefix(l.To, "receipt:") {
			parts = append(parts, l.From+" "+l.Quantity.String()+" "+l.Took.String())
		}
	}
	if got := strings.Join(parts, ", "); got != "asn:N-1:1 80 10m0s, asn:N-1:1 40 20m0s" {
		t.Errorf("the ASN is split into %q", got)
	}
	assertConnected(t, c)
}

// assertConnected fails when a link names a node that is not there or a node hangs in the air.
func assertConnected(t *testing.T, c models.Chain) {
	t.Helper()
	linked := map[string]bool{}
	known := map[string]bool{}
	for _, n := range c.Nodes {
		if known[n.ID] {
			t.Errorf("%s is there twice", n.ID)
		}
		known[n.ID] = true
	}
	for _, l := range c.Links {
		if !known[l.From] || !known[l.To] {
			t.Errorf("the link %s to %s ends nowhere", l.From, l.To)
		}
		linked[l.From], linked[l.To] = true, true
	}
	for id := range known {
		if !linked[id] && len(c.Nodes) > 1 {
			t.Errorf("%s hangs in the air", id)
		}
	}
}

func TestWhereTheChainStops(t *testing.T) {
	tests := []struct {
		name string
		cut  func(*models.ChainRows)
		gap  string
	}{
		{"not delivered", func(r *models.ChainRows) {
			r.Evaluations, r.Recommendations, r.Decisions, r.Orders = nil, nil, nil, nil
		}, "evaluation No evaluation"},
		{"no action", func(r *models.ChainRows) {
			r.Recommendations, r.Decisions, r.Orders = nil, nil, nil
			r.Evaluations[0].Outcome = "no_action"
		}, "recommendation No action"},
		{"unknown revision", func(r *models.ChainRows) { r.Revisions = nil }, "revision revision 7"},
		{"no basis", func(r *models.ChainRows) {
			r.Revisions, r.Evaluations, r.Recommendations[0].ForecastRevision = nil, nil, nil
		}, "evaluation No evaluation, revision No revision"},
		{"waiting", func(r *models.ChainRows) {
			r.Decisions, r.Orders = nil, nil
			r.Recommendations[0].State, r.Recommendations[0].EnteredAt = models.ProposalWaiting, new(minutes(6))
		}, "decision No decision"},
		{"refused", func(r *models.ChainRows) {
			r.Orders = nil
			r.Recommendations[0].State, r.Recommendations[0].WriteState = models.ProposalFailed, models.WriteFailed
		}, "order Refused by the ERP"},
		{"event not here", func(r *models.ChainRows) { r.Orders = nil }, "order PO-1"},
		{"unconfirmed", func(r *models.ChainRows) {
			r.Confirmations, r.ASNs, r.Receipts = nil, nil, nil
			r.Orders[0].State = "open"
		}, "confirmation Not confirmed"},
		{"rejected by the supplier", func(r *models.ChainRows) {
			r.ASNs, r.Receipts, r.Confirmations[0].Quantity = nil, nil, decimal.Zero
			r.Orders[0].State = "open"
		}, "asn Rejected"},
		{"not shipped", func(r *models.ChainRows) { r.ASNs, r.Receipts, r.Orders[0].State = nil, nil, "confirmed" }, "asn Not shipped"},
		{"on its way", func(r *models.ChainRows) { r.Receipts, r.Orders[0].State = nil, "shipped" }, "receipt Not received"},
		{"half received", func(r *models.ChainRows) { r.Receipts, r.Orders[0].State = r.Receipts[:1], "shipped" }, "receipt Rest not received"},
		{"ordered in the ERP", func(r *models.ChainRows) {
			r.Orders[0].Reference = "phone"
			r.Recommendations, r.Evaluations, r.Revisions = nil, nil, nil
		}, "decision No decision here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := wholeChain()
			tt.cut(&rows)
			c := models.AssembleChain(rows, minutes(70))
			if got := gaps(c); got != tt.gap {
				t.Errorf("gaps: %q, want %q", got, tt.gap)
			}
			assertConnected(t, c)
			for _, n := range c.Nodes {
				if n.Gap && n.Reason == "" && n.Stage != models.StageRecommendation && n.Stage != models.StageOrder {
					t.Errorf("the gap at %s has no reason", n.Stage)
				}
			}
		})
	}
}
