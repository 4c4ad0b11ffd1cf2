package replenish_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"throughline/sync/simulator/replenish"
)

// now is a Monday, ten in the morning.
var now = time.Date(2026, 6, 8, 10, 0, 0, 0, time.UTC)

func date(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC)
}

func pieces(n int64) decimal.Decimal { return decimal.NewFromInt(n) }

// tenADay has a lead time of 4 days, so with the default policy the reorder
// point is 5 × 10 + 3 × 10 = 80 and the order-up-to level 80 + 7 × 10 = 150.
func tenADay(onHand, allocated int64) replenish.Input {
	return replenish.Input{
		Now:   now,
		Stock: &replenish.Stock{OnHand: pieces(onHand), Allocated: pieces(allocated), Version: 41, AsOf: now},
		Forecast: &replenish.Forecast{
			Revision: 7, ModelVersion: "m1", Start: date(6, 8),
			Buckets: slices.Repeat([]decimal.Decimal{pieces(10)}, 28),
		},
		Terms: &replenish.Terms{
			Supplier: "S-01", LeadTimeDays: 4, Pack: pieces(12), MOQ: pieces(24),
			UnitPrice: decimal.RequireFromString("1.25"), Currency: "GBP", CutOff: 16 * time.Hour,
		},
	}
}

// threeDays keeps three days of safety, which makes the sums of these tests easy.
func threeDays() replenish.Policy {
	policy := replenish.DefaultPolicy()
	policy.Version, policy.SafetyDays = "order-up-to-1", 3
	return policy
}

func TestNothingAboveTheReorderPoint(t *testing.T) {
	got := threeDays().Evaluate(tenADay(85, 4))
	if got.Outcome != replenish.NoAction || got.Proposal != nil || got.Reason == "" {
		t.Errorf("decision %+v", got)
	}
}

func TestNothingWithoutDemand(t *testing.T) {
	in := tenADay(0, 0)
	in.Forecast.Buckets = make([]decimal.Decimal, 28)
	if got := threeDays().Evaluate(in); got.Outcome != replenish.NoAction {
		t.Errorf("decision %+v", got)
	}
}

// TestTheNetRequirementIsWhatIsMissing has a level of 150 to order up to, once 80 or
// less are there.
func TestTheNetRequirementIsWhatIsMissing(t *testing.T) {
	undecided, unknown := tenADay(90, 10), tenADay(90, 10)
	undecided.Undecided, unknown.Stock = "R-1", nil
	for name, c := range map[string]struct {
		in   replenish.Input
		want string
	}{
		"at the reorder point": {tenADay(90, 10), "70"}, "above it": {tenADay(91, 10), "0"}, "not decided yet": {undecided, "70"}, "no balance": {unknown, "none"},
	} {
		got := "none"
		if net := threeDays().Evaluate(c.in).NetRequirement; net != nil {
			got = net.String()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestConfidenceIsWhereTwoForecastsAgree(t *testing.T) {
	for name, c := range map[string]struct {
		earlier *replenish.Forecast
		want    string
	}{
		"nothing to compare with": {nil, "none"},
		"the same again":          {&replenish.Forecast{Start: date(6, 8), Buckets: []decimal.Decimal{pieces(10)}}, "1"},
		"twice as much":           {&replenish.Forecast{Start: date(6, 8), Buckets: []decimal.Decimal{pieces(20)}}, "0.5"},
		"on other days":           {&replenish.Forecast{Start: date(6, 8), Buckets: []decimal.Decimal{pieces(0), pieces(20)}}, "0.33"},
		"nothing before":          {&replenish.Forecast{Start: date(6, 8)}, "0"},
	} {
		in := tenADay(90, 10)
		in.Earlier = c.earlier
		got := "none"
		if share := threeDays().Evaluate(in).Proposal.Confidence; share != nil {
			got = share.String()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestPurchaseByHand(t *testing.T) {
	got := threeDays().Evaluate(tenADay(90, 10))
	if got.Outcome != replenish.Recommend {
		t.Fatalf("decision %+v", got)
	}
	want := replenish.Proposal{
		Kind: replenish.Purchase, Supplier: "S-01",
		Quantity:  pieces(72), // 150 - 80 = 70, in packs of 12
		UnitPrice: decimal.RequireFromString("1.25"), Currency: "GBP",
		// 80 falls below the safety stock of 30 on the sixth day, beyond the
		// exposed five; the cut-off of 4 days before is the last moment.
		NeedBy: date(6, 13), OrderBy: date(6, 9).Add(16 * time.Hour),
	}
	if p := *got.Proposal; !p.Quantity.Equal(want.Quantity) || p.Kind != want.Kind || p.Supplier != want.Supplier ||
		!p.NeedBy.Equal(want.NeedBy) || !p.OrderBy.Equal(want.OrderBy) || !p.UnitPrice.Equal(want.UnitPrice) {
		t.Errorf("proposal %+v, want %+v", p, want)
	}
	if b := got.Basis; b.ForecastRevision != 7 || b.Inventory.Version != 41 || !b.Inventory.Quantity.Equal(pieces(80)) ||
		b.ModelVersion != "m1" || b.ParametersVersion == "" {
		t.Errorf("basis %+v", b)
	}
}

func TestMinimumOrderInWholePacks(t *testing.T) {
	in := tenADay(80, 0)
	in.Terms.MOQ = pieces(100)
	if q := threeDays().Evaluate(in).Proposal.Quantity; !q.Equal(pieces(108)) {
		t.Errorf("quantity %s, want 108: nine packs of 12", q)
	}
}

func TestOpenSupplyCounts(t *testing.T) {
	in := tenADay(40, 0)
	in.Supply = []replenish.Supply{{Quantity: pieces(48), Due: date(6, 10)}}
	if got := threeDays().Evaluate(in); got.Outcome != replenish.NoAction {
		t.Errorf("with 40 and 48 on order: %+v", got)
	}
}

// TestTheCutOffIsByTheClockOfTheDC orders by four in the afternoon in Amsterdam,
// before and after the clocks go forward, and not in UTC.
func TestTheCutOffIsByTheClockOfTheDC(t *testing.T) {
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, time.UTC)
	}
	for name, test := range map[string]struct{ now, orderBy time.Time }{
		"before it":                       {at(6, 8, 13, 59), at(6, 8, 14, 0)},
		"after it, before it is four UTC": {at(6, 8, 14, 30), at(6, 9, 14, 0)},
		"after midnight there":            {at(6, 8, 22, 30), at(6, 9, 14, 0)},
		"the day the clocks go forward":   {at(3, 28, 15, 30), at(3, 29, 14, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			in := tenADay(20, 0)
			in.Zone, in.Now = amsterdam, test.now
			in.Forecast.Start = test.now.Truncate(24 * time.Hour)
			if got := threeDays().Evaluate(in).Proposal; !got.OrderBy.Equal(test.orderBy) {
				t.Errorf("order by %s, want %s", got.OrderBy, test.orderBy)
			}
		})
	}
}

func TestLateNeedIsOrderedAtTheNextCutOff(t *testing.T) {
	in := tenADay(20, 0) // below safety already today, which no supplier can mend
	earliest := date(6, 8).AddDate(0, 0, in.Terms.LeadTimeDays)
	for name, test := range map[string]struct{ now, orderBy time.Time }{
		"before the cut-off": {now, date(6, 8).Add(16 * time.Hour)},
		"after the cut-off":  {date(6, 8).Add(17 * time.Hour), date(6, 9).Add(16 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			in.Now = test.now
			got := threeDays().Evaluate(in).Proposal
			if !got.NeedBy.Equal(earliest) || !got.OrderBy.Equal(test.orderBy) {
				t.Errorf("need by %s, order by %s", got.NeedBy, got.OrderBy)
			}
		})
	}
}

func TestTransferWhenAnotherDCCanSpare(t *testing.T) {
	policy := threeDays()
	donor := tenADay(270, 10) // 260 - 150 = 110 to spare, 108 in whole packs
	spare := policy.Spare(donor)
	if !spare.Equal(pieces(108)) {
		t.Fatalf("spare %s", spare)
	}
	in := tenADay(60, 0)
	in.Surpluses = []replenish.Surplus{{DC: "DC-GLA", Quantity: pieces(84)}, {DC: "DC-LON", Quantity: spare}}
	got := policy.Evaluate(in).Proposal // 150 - 60 = 90, in packs of 12
	if got.Kind != replenish.Transfer || got.FromDC != "DC-LON" || !got.Quantity.Equal(pieces(96)) || got.Supplier != "" {
		t.Errorf("proposal %+v", got)
	}
	in.Surpluses = in.Surpluses[:1] // 84 are not enough
	if got := policy.Evaluate(in).Proposal; got.Kind != replenish.Purchase {
		t.Errorf("proposal %+v", got)
	}
}

func TestBlockedWithAReason(t *testing.T) {
	for name, spoil := range map[string]func(*replenish.Input){
		"no balance":  func(in *replenish.Input) { in.Stock = nil },
		"no forecast": func(in *replenish.Input) { in.Forecast = nil },
		"no terms":    func(in *replenish.Input) { in.Terms = nil },
		"undecided":   func(in *replenish.Input) { in.Undecided = "R-1" },
	} {
		t.Run(name, func(t *testing.T) {
			in := tenADay(10, 0)
			spoil(&in)
			got := threeDays().Evaluate(in)
			if got.Outcome != replenish.Blocked || got.Reason == "" || got.Proposal != nil || got.Basis == nil {
				t.Errorf("decision %+v", got)
			}
			if name != "undecided" && !threeDays().Spare(in).IsZero() {
				t.Error("gives away what it does not know")
			}
		})
	}
}

func TestForecastBeyondItsEnds(t *testing.T) {
	f := replenish.Forecast{Start: date(6, 8)}
	for i := range 14 {
		f.Buckets = append(f.Buckets, pieces(int64(i)))
	}
	for offset, want := range map[int]int64{-3: 0, 0: 0, 13: 13, 14: 7, 20: 13, 21: 7} {
		if got := f.On(date(6, 8+offset)); !got.Equal(pieces(want)) {
			t.Errorf("day %d: %s, want %d", offset, got, want)
		}
	}
	if got := f.Sum(date(6, 8), 5); !got.Equal(pieces(10)) {
		t.Errorf("sum of the first five days %s", got)
	}
}

func TestProposalsAlwaysHold(t *testing.T) {
	policy := threeDays()
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		got := policy.Evaluate(in)
		spare := policy.Spare(in)
		if spare.IsNegative() || !spare.Mod(in.Terms.Pack).IsZero() || spare.GreaterThan(decimal.Max(in.Stock.Available(), decimal.Zero)) {
			t.Fatalf("spare %s of %s available", spare, in.Stock.Available())
		}
		if (got.Outcome == replenish.Recommend) != (got.Proposal != nil) {
			t.Fatalf("outcome %s with proposal %v", got.Outcome, got.Proposal)
		}
		if got.Proposal == nil {
			return
		}
		p := got.Proposal
		switch {
		case !p.Quantity.IsPositive() || !p.Quantity.Mod(in.Terms.Pack).IsZero():
			t.Fatalf("quantity %s in packs of %s", p.Quantity, in.Terms.Pack)
		case p.Kind == replenish.Purchase && p.Quantity.LessThan(in.Terms.MOQ):
			t.Fatalf("quantity %s below the minimum %s", p.Quantity, in.Terms.MOQ)
		case p.Kind == replenish.Transfer && p.Quantity.GreaterThan(in.Surpluses[0].Quantity):
			t.Fatalf("transfer of %s, only %s to spare", p.Quantity, in.Surpluses[0].Quantity)
		case p.OrderBy.Before(in.Now):
			t.Fatalf("order by %s, now %s", p.OrderBy, in.Now)
		case p.NeedBy.Before(date(6, 8)):
			t.Fatalf("need by %s", p.NeedBy)
		}
	})
}

func drawInput(t *rapid.T) replenish.Input {
	in := tenADay(rapid.Int64Range(-50, 400).Draw(t, "on hand"), rapid.Int64Range(0, 60).Draw(t, "allocated"))
	in.Terms.Pack = pieces(rapid.Int64Range(1, 48).Draw(t, "pack"))
	in.Terms.MOQ = pieces(rapid.Int64Range(0, 500).Draw(t, "moq"))
	in.Terms.LeadTimeDays = rapid.IntRange(2, 15).Draw(t, "lead")
	in.Forecast.Start = date(6, 8+rapid.IntRange(-40, 2).Draw(t, "start"))
	in.Now = now.Add(time.Duration(rapid.IntRange(0, 13).Draw(t, "hour")) * time.Hour)
	for i := range in.Forecast.Buckets {
		in.Forecast.Buckets[i] = decimal.New(rapid.Int64Range(0, 4000).Draw(t, "bucket"), -2)
	}
	in.Surpluses = []replenish.Surplus{{DC: "DC-LON", Quantity: pieces(rapid.Int64Range(0, 300).Draw(t, "surplus"))}}
	if rapid.Bool().Draw(t, "supply") {
		in.Supply = []replenish.Supply{{Quantity: pieces(48), Due: date(6, rapid.IntRange(1, 20).Draw(t, "due"))}}
	}
	return in
}
