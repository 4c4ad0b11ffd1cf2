package models_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

var morning = time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)

// ledger is lines of one a minute with these figures after them, from version 1
// on; a negative figure leaves a hole.
func ledger(after ...int64) []models.StockLine {
	var lines []models.StockLine
	for i, onHand := range after {
		if onHand < 0 {
			continue
		}
		at := morning.Add(time.Duration(i) * time.Minute)
		lines = append(lines, models.StockLine{
			Version: int64(i + 1), Kind: "sale", OnHand: decimal.NewFromInt(onHand), At: at, RecordedAt: at.Add(time.Second),
		})
	}
	return lines
}

func TestTheFirstMovementThatDiffers(t *testing.T) {
	tests := []struct {
		name          string
		theirs, ours  []models.StockLine
		side          models.DivergenceSide
		agreed, first int64
	}{
		{"one never came", ledger(9, 8, 7, 6), ledger(9, 8, -1, -1), models.DivergesHere, 2, 3},
		{"one is only here", ledger(9, 8), ledger(9, 8, 12), models.DivergesThere, 2, 3},
		{"one has another size", ledger(9, 8, 7), ledger(9, 8, 5), models.DivergesInSize, 2, 3},
		{"what was lost and restated since is no divergence", ledger(9, 8, 7, 6, 5), ledger(9, -1, 7, 6, -1), models.DivergesHere, 4, 5},
		{"ours begins later", ledger(9, 8, 7, 6)[1:], ledger(-1, -1, 7, 9), models.DivergesInSize, 3, 4},
		{"they never agreed", ledger(9, 8), ledger(7, 6), models.DivergesInSize, 0, 1},
		{"both ledgers agree to the end", ledger(9, 8), ledger(9, 8), models.DivergesPast, 2, 0},
	}
	for _, test := range tests {
		d, ok := models.FirstDivergence(test.theirs, test.ours)
		if !ok || d.Side != test.side || d.AgreedVersion != test.agreed || d.FirstVersion != test.first {
			t.Errorf("%s: %+v, %t", test.name, d, ok)
		}
		if (d.AgreedAt == nil) != (test.agreed == 0) || (d.FirstAt == nil) != (test.first == 0) {
			t.Errorf("%s: the times of %+v", test.name, d)
		}
	}
	if d, ok := models.FirstDivergence(nil, ledger(9)); ok {
		t.Errorf("without the owner's ledger: %+v", d)
	}
}

func TestWithoutTheOwnersLedgerTheLastAgreementCounts(t *testing.T) {
	d := models.SinceAgreement(morning.Add(90*time.Second), ledger(9, 8, 7, 6))
	if d.Side != models.DivergesSince || d.FirstVersion != 3 || !d.FirstAt.Equal(morning.Add(2*time.Minute)) {
		t.Errorf("%+v", d)
	}
	if d := models.SinceAgreement(morning.Add(time.Hour), ledger(9, 8)); d.Side != models.DivergesPast || d.FirstAt != nil {
		t.Errorf("nothing moved since: %+v", d)
	}
}
