package models_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"throughline/models"
)

func businessDay(n int) time.Time { return time.Date(2026, 3, 1+n, 0, 0, 0, 0, time.UTC) }

func flat(n int, quantity int64) []decimal.Decimal {
	daily := make([]decimal.Decimal, n)
	for i := range daily {
		daily[i] = decimal.New(quantity, 0)
	}
	return daily
}

func TestProject(t *testing.T) {
	noon := businessDay(0).Add(12 * time.Hour)
	tests := []struct {
		name      string
		available int64
		receipts  []models.ExpectedReceipt
		stockout  time.Time
		shortage  int64
	}{
		{name: "enough", available: 45},
		{name: "runs out on the third day", available: 20, stockout: businessDay(2).Add(12 * time.Hour), shortage: 25},
		{name: "nothing left now", available: 0, stockout: noon, shortage: 45},
		{name: "negative already", available: -5, stockout: noon, shortage: 50},
		{name: "a receipt comes in time", available: 20, receipts: []models.ExpectedReceipt{{Day: businessDay(2), Quantity: decimal.New(40, 0)}}},
		{name: "a receipt comes too late", available: 20, receipts: []models.ExpectedReceipt{{Day: businessDay(4), Quantity: decimal.New(40, 0)}},
			stockout: businessDay(2).Add(12 * time.Hour), shortage: 15},
		{name: "a receipt that is overdue counts now", available: 0, receipts: []models.ExpectedReceipt{{Day: businessDay(-3), Quantity: decimal.New(45, 0)}}},
		{name: "a receipt beyond the horizon does not count", available: 20, receipts: []models.ExpectedReceipt{{Day: businessDay(9), Quantity: decimal.New(40, 0)}},
			stockout: businessDay(2).Add(12 * time.Hour), shortage: 25},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := models.Cover{Available: decimal.New(tt.available, 0), Start: businessDay(-2), Daily: flat(20, 10), Receipts: tt.receipts}
			got := c.Project(noon, businessDay(5))
			if !got.StockoutAt.Equal(tt.stockout) || !got.Shortage.Equal(decimal.New(tt.shortage, 0)) {
				t.Errorf("got %s, %s; want %s, %d", got.StockoutAt, got.Shortage, tt.stockout, tt.shortage)
			}
		})
	}
}

func TestProjectWithoutDemandNeverRunsOut(t *testing.T) {
	c := models.Cover{Available: decimal.New(-3, 0), Start: businessDay(0)}
	if p := c.Project(businessDay(0), businessDay(10)); p.RunsOut() || !p.Shortage.IsZero() {
		t.Errorf("stock without demand ran out: %+v", p)
	}
}

// More stock never means an earlier stockout or a deeper shortage, and the
// shortage without receipts is what the definition of value at risk says.
func TestProjectIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		daily := make([]decimal.Decimal, rapid.IntRange(1, 20).Draw(t, "days"))
		for i := range daily {
			daily[i] = decimal.New(rapid.Int64Range(0, 500).Draw(t, "demand"), -1)
		}
		less := models.Cover{Available: decimal.New(rapid.Int64Range(-50, 2000).Draw(t, "available"), -1), Start: businessDay(0), Daily: daily}
		more := less
		more.Available = less.Available.Add(decimal.New(rapid.Int64Range(0, 500).Draw(t, "more"), -1))
		from := businessDay(0).Add(time.Duration(rapid.IntRange(0, 23).Draw(t, "hour")) * time.Hour)
		to := businessDay(rapid.IntRange(1, 25).Draw(t, "horizon"))
		a, b := less.Project(from, to), more.Project(from, to)
		if b.Shortage.GreaterThan(a.Shortage) || b.RunsOut() && b.StockoutAt.Before(a.StockoutAt) {
			t.Fatalf("more stock made it worse: %+v then %+v", a, b)
		}
		want := models.ValueAtRisk(models.DemandBetween(businessDay(0), daily, from, to), less.Available, decimal.Zero, decimal.New(1, 0))
		if less.Available.IsPositive() && !a.Shortage.Round(2).Sub(want).Abs().LessThan(decimal.New(5, -2)) {
			t.Fatalf("shortage %s, by the definition %s", a.Shortage, want)
		}
	})
}

func TestValueAtRisk(t *testing.T) {
	tests := []struct{ demand, available, receipts, margin, want string }{
		{"100", "30", "20", "2.50", "125"},
		{"100", "90", "20", "2.50", "0"},
		{"100", "-10", "0", "1", "110"},
		{"100", "0", "0", "0", "0"},
	}
	for _, tt := range tests {
		got := models.ValueAtRisk(parsed(tt.demand), parsed(tt.available), parsed(tt.receipts), parsed(tt.margin))
		if !got.Equal(parsed(tt.want)) {
			t.Errorf("ValueAtRisk(%+v) = %s", tt, got)
		}
	}
}

func TestUnitMarginFallsBackOnThePrice(t *testing.T) {
	if got := models.UnitMargin(parsed("10"), parsed("7"), parsed("30")); !got.Equal(parsed("3")) {
		t.Errorf("with a cost: %s", got)
	}
	for _, cost := range []string{"0", "12"} {
		if got := models.UnitMargin(parsed("10"), parsed(cost), parsed("30")); !got.Equal(parsed("3")) {
			t.Errorf("with cost %s: %s", cost, got)
		}
	}
}

func TestHoursToStockout(t *testing.T) {
	if got, ok := models.HoursToStockout(parsed("10"), parsed("5"), parsed("10")); !ok || !got.Equal(parsed("36")) {
		t.Errorf("got %s, %v", got, ok)
	}
	if got, ok := models.HoursToStockout(parsed("-4"), parsed("0"), parsed("10")); !ok || !got.IsZero() {
		t.Errorf("negative stock: %s, %v", got, ok)
	}
	if _, ok := models.HoursToStockout(parsed("10"), parsed("5"), parsed("0")); ok {
		t.Error("stock without demand runs out")
	}
}

func parsed(s string) decimal.Decimal { return decimal.RequireFromString(s) }
