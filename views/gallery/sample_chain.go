package gallery

import (
	"time"

	"throughline/views/ui"
)

func stageNames() []string {
	return []string{"Revision", "Evaluation", "Recommendation", "Decision", "Purchase order", "Confirmation", "ASN", "Receipt"}
}

func stages(nodes ...[]ui.ChainNode) []ui.ChainStage {
	out := make([]ui.ChainStage, len(stageNames()))
	for i, name := range stageNames() {
		out[i].Name = name
		if i < len(nodes) {
			out[i].Nodes = nodes[i]
		}
	}
	return out
}

// splitChain is an order that a supplier confirmed in two parts.
func splitChain(now time.Time) ui.Chain {
	at := func(ago time.Duration) time.Time { return now.Add(-ago) }
	return ui.Chain{
		Summary: "Supplier confirmed 120 in two parts, the second 6 days late", Severity: ui.P2,
		Now: ui.Superseded, NowNote: "3 movements since, net −46; recomputed it would be 168 instead of 120",
		Stages: stages(
			[]ui.ChainNode{{ID: "r", Title: "Revision 1042", Href: "#", Quantity: "210 → 324 EA", Who: "forecasting, model es-weekly 1.4", At: at(26 * time.Hour), Note: "+54 % over lead time"}},
			[]ui.ChainNode{{ID: "e", Title: "Buy", Href: "#", Quantity: "need 118 EA", Who: "replenishment, run 77", At: at(25 * time.Hour)}},
			[]ui.ChainNode{{ID: "c", Title: "REC-20841", Href: "#", Quantity: "120 EA", Who: "rounded to packs of 12", At: at(25 * time.Hour), Verdict: ui.Current}},
			[]ui.ChainNode{{ID: "d", Title: "Approved", Href: "#", Quantity: "120 EA", Who: "Karin Visser", At: at(22 * time.Hour), Verdict: ui.Aged}},
			[]ui.ChainNode{{ID: "p", Title: "PO 4500012", Href: "#", Quantity: "120 EA", Who: "ERP, second attempt", At: at(21 * time.Hour), Verdict: ui.Superseded, Focus: true}},
			[]ui.ChainNode{
				{ID: "s1", Title: "Confirmed", Href: "#", Quantity: "40 EA", Who: "Harlow Ceramics", When: "for 8 Feb, as asked"},
				{ID: "s2", Title: "Confirmed", Href: "#", Quantity: "80 EA", Who: "Harlow Ceramics", When: "for 14 Feb", Note: "6 days late", Severity: ui.P2},
			},
			[]ui.ChainNode{
				{ID: "a1", Title: "ASN 88213", Href: "#", Quantity: "40 EA", Who: "Maersk, 1 pallet", At: at(3 * time.Hour)},
				{ID: "a2", Title: "No ASN yet", Note: "due 12 Feb, supplier’s own date", Gap: true},
			},
			[]ui.ChainNode{{ID: "g1", Title: "GR 51002", Href: "#", Quantity: "38 EA", Who: "DC-LON, J. Adeyemi", At: at(20 * time.Minute), Note: "2 short", Severity: ui.P4}},
		),
		Links: []ui.ChainLink{
			{From: "r", To: "e", Took: "4 min"}, {From: "e", To: "c", Took: "1.2 s"}, {From: "c", To: "d", Took: "2 h 10 min", Late: ui.P3},
			{From: "d", To: "p", Took: "42 min", Late: ui.P2}, {From: "p", To: "s1", Took: "6 h", Quantity: "40"}, {From: "p", To: "s2", Took: "6 h", Quantity: "80"},
			{From: "s1", To: "a1", Took: "2 d"}, {From: "a1", To: "g1", Took: "1 d 3 h"}, {From: "s2", To: "a2"},
		},
	}
}

// gapChain is a revision that nobody looked at.
func gapChain(now time.Time) ui.Chain {
	return ui.Chain{
		Summary: "Revision 1057 has not reached replenishment", Severity: ui.P1,
		Stages: stages(
			[]ui.ChainNode{{ID: "gr", Title: "Revision 1057", Href: "#", Quantity: "96 → 240 EA", Who: "forecasting, model es-weekly 1.4", At: now.Add(-3 * time.Hour), Note: "+150 % over lead time", Focus: true}},
			[]ui.ChainNode{{ID: "ge", Title: "No evaluation", Gap: true, Note: "delivered 2 h 58 min ago, window 30 min", Severity: ui.P1}},
		),
		Links: []ui.ChainLink{{From: "gr", To: "ge"}},
	}
}

// mergeChain is two recommendations that became one order, without a basis.
func mergeChain(now time.Time) ui.Chain {
	at := func(ago time.Duration) time.Time { return now.Add(-ago) }
	return ui.Chain{
		Summary: "Two recommendations ordered together and received in full",
		Now:     ui.Current, NowNote: "no movement since that was not expected",
		Stages: stages(
			[]ui.ChainNode{{ID: "mr", Title: "Revision 998", Href: "#", Quantity: "60 → 66 EA", Who: "forecasting", At: at(12 * 24 * time.Hour)}},
			[]ui.ChainNode{{ID: "me", Title: "Buy", Quantity: "need 66 EA", Who: "replenishment, run 61", At: at(12 * 24 * time.Hour)}},
			[]ui.ChainNode{
				{ID: "m1", Title: "REC-20102", Href: "#", Quantity: "48 EA", Who: "declared basis", At: at(12 * 24 * time.Hour), Verdict: ui.Current},
				{ID: "m2", Title: "REC-20107", Href: "#", Quantity: "24 EA", Who: "basis inferred", At: at(11 * 24 * time.Hour), Verdict: ui.Unknown},
			},
			[]ui.ChainNode{
				{ID: "n1", Title: "Approved", Quantity: "48 EA", Who: "policy, under 500 EUR", At: at(12 * 24 * time.Hour), Verdict: ui.Current},
				{ID: "n2", Title: "Approved", Quantity: "24 EA", Who: "policy, under 500 EUR", At: at(11 * 24 * time.Hour), Verdict: ui.Unknown},
			},
			[]ui.ChainNode{{ID: "mp", Title: "PO 4499870", Href: "#", Quantity: "72 EA", Who: "ERP", At: at(11 * 24 * time.Hour), Note: "48 + 24 = 72", Verdict: ui.Current}},
			[]ui.ChainNode{{ID: "mc", Title: "Confirmed", Quantity: "72 EA", Who: "Ostmann", When: "for 30 Jan"}},
			[]ui.ChainNode{{ID: "ma", Title: "ASN 87990", Quantity: "72 EA", Who: "DHL, 2 cartons", When: "29 Jan"}},
			[]ui.ChainNode{{ID: "mg", Title: "GR 50871", Quantity: "72 EA", Who: "DC-ROT", When: "30 Jan", Focus: true}},
		),
		Links: []ui.ChainLink{
			{From: "mr", To: "me", Took: "3 min"}, {From: "me", To: "m1", Took: "0.8 s"}, {From: "me", To: "m2", Took: "1 d"},
			{From: "m1", To: "n1", Took: "0.2 s"}, {From: "m2", To: "n2", Took: "0.2 s"}, {From: "n1", To: "mp", Took: "1 d", Quantity: "48"}, {From: "n2", To: "mp", Took: "3 s", Quantity: "24"},
			{From: "mp", To: "mc", Took: "5 h"}, {From: "mc", To: "ma", Took: "4 d"}, {From: "ma", To: "mg", Took: "1 d"},
		},
	}
}
