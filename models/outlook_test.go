package models_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

func TestGapsAndVerdictsSayTimesAsPeopleDo(t *testing.T) {
	rows := models.ChainRows{
		Item: "A", DC: "LEE", Unit: "EA", Consumer: "replenishment",
		Revisions: []models.ChainRevision{{Revision: 7, PublishedAt: noon, DeliveredAt: new(noon)}},
	}
	chain := models.AssembleChain(rows, noon.Add(62*time.Minute+3500*time.Millisecond))
	if got := chain.Stage(models.StageEvaluation)[0].Reason; !strings.Contains(got, "1 h 2 min ago") {
		t.Errorf("the gap says %q", got)
	}
	facts := models.BasisFacts{At: noon, Recommended: dec(100)}
	aged := models.CheckBasis(models.MomentNow, basis(5, 1, noon.Add(-90*time.Minute)), facts, time.Hour)
	if want := "The stock figure is 1 h 30 min old; 1 h is allowed."; aged.Changed != want {
		t.Errorf("the verdict says %q, want %q", aged.Changed, want)
	}
}

func TestAStockVerdictIsWordedByItsCause(t *testing.T) {
	tests := []struct {
		moved, expected int64
		want            string
	}{
		{0, 377, "Stock stands where it stood at version 1, while the forecast expected sales of 377; ±5 is tolerated."},
		{48, 0, "Stock grew by 48 since version 1, while the forecast expected no change; ±5 is tolerated."},
		{-80, 20, "Stock fell by 80 since version 1, while the forecast expected sales of 20; ±5 is tolerated."},
	}
	for _, tt := range tests {
		facts := models.BasisFacts{At: noon, Recommended: dec(100), StockVersion: 2, NetMovement: dec(tt.moved), ExpectedDemand: dec(tt.expected)}
		got := models.CheckBasis(models.MomentNow, basis(5, 1, noon), facts, time.Hour)
		if got.Changed != tt.want {
			t.Errorf("got  %q\nwant %q", got.Changed, tt.want)
		}
	}
}

func TestAGapIsJudgedByTheDayOnWhichStockRunsOut(t *testing.T) {
	gap := models.ConfirmationGap{
		Requested: dec(100), Confirmed: dec(40), NeedBy: businessDay(3), Promised: businessDay(6),
	}
	cover := models.Cover{
		Available: dec(35), Start: businessDay(0), Daily: flat(12, 10),
		Receipts: []models.ExpectedReceipt{{Day: gap.Promised, Quantity: gap.Confirmed}},
	}
	gap.Judge(cover, businessDay(0), businessDay(12))
	if gap.AsRequested.RunsOut() {
		t.Errorf("as asked it runs out on %s", gap.AsRequested.StockoutAt)
	}
	if want := businessDay(3).Add(12 * time.Hour); !gap.AsConfirmed.StockoutAt.Equal(want) {
		t.Errorf("as confirmed it runs out at %s, want %s", gap.AsConfirmed.StockoutAt, want)
	}
	if !gap.Short().Equal(dec(60)) || gap.LateDays() != 3 || gap.Rejected() {
		t.Errorf("%s short, %d days late, rejected %v", gap.Short(), gap.LateDays(), gap.Rejected())
	}
}

func TestStockByDayAgreesWithItsProjection(t *testing.T) {
	cover := models.Cover{Available: dec(25), Start: businessDay(0), Daily: flat(9, 10)}.With(businessDay(4), dec(30))
	days := cover.Days(businessDay(0), 6)
	for i, want := range []int64{15, 5, -5, -15, 5, -5} {
		if !days[i].Left.Equal(dec(want)) || !days[i].Day.Equal(businessDay(i)) {
			t.Errorf("day %d ends with %s on %s, want %d", i, days[i].Left, days[i].Day, want)
		}
	}
	if p := cover.Project(businessDay(0), businessDay(6)); !p.Shortage.Equal(dec(15)) {
		t.Errorf("the projection is short of %s, the days of 15", p.Shortage)
	}
}

func TestAnOrderArrivesAfterItsLeadTimeAndATransferTheNextDay(t *testing.T) {
	outlook := models.Outlook{LeadTime: 5 * 24 * time.Hour}
	morning := businessDay(0).Add(9 * time.Hour)
	purchase := models.Proposal{NeedBy: businessDay(2)}
	if got := outlook.ArrivalOf(purchase, morning); !got.Equal(businessDay(5)) {
		t.Errorf("a purchase arrives on %s", got)
	}
	if got := outlook.ArrivalOf(models.Proposal{FromDC: "YRK", NeedBy: businessDay(0)}, morning); !got.Equal(businessDay(1)) {
		t.Errorf("a transfer arrives on %s", got)
	}
	purchase.NeedBy = businessDay(9)
	if got := outlook.ArrivalOf(purchase, morning); !got.Equal(businessDay(9)) {
		t.Errorf("what is needed later arrives on %s", got)
	}
}
