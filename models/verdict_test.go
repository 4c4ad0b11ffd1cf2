package models_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"throughline/models"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func dec(n int64) decimal.Decimal { return decimal.NewFromInt(n) }

func basis(revision, version int64, asOf time.Time) models.BasisStamp {
	return models.BasisStamp{ForecastRevision: &revision, Stock: &models.StockBasis{Version: version, AsOf: asOf}}
}

func TestCheckBasis(t *testing.T) {
	fresh := basis(7, 40, noon.Add(-time.Minute))
	revision := int64(7)
	quiet := models.BasisFacts{At: noon, Recommended: dec(200), Pack: dec(6), StockVersion: 41}
	tests := []struct {
		name    string
		basis   models.BasisStamp
		change  func(*models.BasisFacts)
		verdict models.Verdict
		cause   models.VerdictCause
		effect  int64
	}{
		{"nothing moved", fresh, func(*models.BasisFacts) {}, models.VerdictCurrent, models.CauseNone, 0},
		{"nothing moved where sales were expected", fresh, func(f *models.BasisFacts) {
			f.StockVersion, f.ExpectedDemand = 40, dec(40)
		}, models.VerdictCurrent, models.CauseNone, 0},
		{"no basis", models.BasisStamp{}, func(*models.BasisFacts) {}, models.VerdictUnknown, models.CauseMissing, 0},
		{"no stock", models.BasisStamp{ForecastRevision: &revision}, func(*models.BasisFacts) {}, models.VerdictUnknown, models.CauseMissing, 0},
		{"newer revision", fresh, func(f *models.BasisFacts) {
			f.NewerRevision, f.HorizonDemand, f.NewerDemand = 8, dec(500), dec(530)
		}, models.VerdictSuperseded, models.CauseForecast, 34},
		{"newer revision wins over stock", fresh, func(f *models.BasisFacts) {
			f.NewerRevision, f.NetMovement = 8, dec(-100)
		}, models.VerdictSuperseded, models.CauseForecast, 100},
		{"stock fell by the tolerance", fresh, func(f *models.BasisFacts) { f.NetMovement = dec(-10) }, models.VerdictCurrent, models.CauseNone, 10},
		{"stock fell by more", fresh, func(f *models.BasisFacts) { f.NetMovement = dec(-11) }, models.VerdictSuperseded, models.CauseStock, 16},
		{"ordinary sales", fresh, func(f *models.BasisFacts) {
			f.NetMovement, f.ExpectedDemand = dec(-40), dec(38)
		}, models.VerdictCurrent, models.CauseNone, 0},
		{"expected sales did not come", fresh, func(f *models.BasisFacts) { f.ExpectedDemand = dec(40) }, models.VerdictSuperseded, models.CauseStock, -38},
		{"known supply came in", fresh, func(f *models.BasisFacts) {
			f.NetMovement, f.OnOrderDelta = dec(120), dec(-120)
		}, models.VerdictSuperseded, models.CauseStock, 0},
		{"old", basis(7, 40, noon.Add(-2*time.Hour)), func(*models.BasisFacts) {}, models.VerdictAged, models.CauseAge, 0},
		{"covered meanwhile", fresh, func(f *models.BasisFacts) { f.NetMovement = dec(900) }, models.VerdictSuperseded, models.CauseStock, -200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			facts := quiet
			tt.change(&facts)
			got := models.CheckBasis(models.MomentNow, tt.basis, facts, time.Hour)
			if got.Verdict != tt.verdict || got.Cause != tt.cause {
				t.Errorf("got %s (%s), want %s (%s)", got.Verdict, got.Cause, tt.verdict, tt.cause)
			}
			if (got.Changed == "") != (tt.verdict == models.VerdictCurrent) {
				t.Errorf("what changed is %q for %s", got.Changed, got.Verdict)
			}
			if effect := got.Effect(facts.Recommended); !effect.Equal(dec(tt.effect)) {
				t.Errorf("recompute effect is %s, want %d", effect, tt.effect)
			}
		})
	}
}

func drawFacts(t *rapid.T) models.BasisFacts {
	quantity := func(name string) decimal.Decimal { return dec(rapid.Int64Range(-500, 500).Draw(t, name)) }
	return models.BasisFacts{
		At:             noon,
		StockVersion:   rapid.Int64Range(1, 2).Draw(t, "stock version"),
		Recommended:    dec(rapid.Int64Range(1, 1000).Draw(t, "recommended")),
		Pack:           dec(rapid.Int64Range(0, 50).Draw(t, "pack")),
		NetMovement:    quantity("moved"),
		ExpectedDemand: dec(rapid.Int64Range(0, 500).Draw(t, "expected")),
		OnOrderDelta:   quantity("on order"),
		NewerRevision:  rapid.Int64Range(0, 9).Draw(t, "newer"),
		HorizonDemand:  dec(rapid.Int64Range(0, 500).Draw(t, "demand then")),
		NewerDemand:    dec(rapid.Int64Range(0, 500).Draw(t, "demand now")),
	}
}

func TestVerdictIsDecidedByItsRulesInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		age := time.Duration(rapid.Int64Range(0, 7200).Draw(t, "age")) * time.Second
		got := models.CheckBasis(models.MomentNow, basis(5, 1, noon.Add(-age)), facts, time.Hour)
		deviation := decimal.Zero
		if facts.StockVersion > 1 {
			deviation = facts.NetMovement.Add(facts.ExpectedDemand).Abs()
		}
		allowed := decimal.Max(facts.Recommended.Div(dec(20)), facts.Pack)
		want := models.VerdictCurrent
		switch {
		case facts.NewerRevision > 5 || deviation.GreaterThan(allowed):
			want = models.VerdictSuperseded
		case age > time.Hour:
			want = models.VerdictAged
		}
		if got.Verdict != want {
			t.Fatalf("got %s, want %s", got.Verdict, want)
		}
	})
}

func TestRecomputedQuantityCanBeOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		facts.Pack = dec(rapid.Int64Range(1, 50).Draw(t, "whole pack"))
		facts.Recommended = facts.Pack.Mul(dec(rapid.Int64Range(1, 30).Draw(t, "packs")))
		got := models.CheckBasis(models.MomentNow, basis(5, 1, noon), facts, time.Hour).Recomputed
		if got.IsNegative() || !got.Mod(facts.Pack).IsZero() {
			t.Fatalf("%s is no multiple of a pack of %s", got, facts.Pack)
		}
	})
}

func TestDemandBetweenAddsUp(t *testing.T) {
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	daily := []decimal.Decimal{dec(10), dec(20), dec(30)}
	if got := models.DemandBetween(start, daily, start.Add(12*time.Hour), start.Add(36*time.Hour)); !got.Equal(dec(15)) {
		t.Errorf("half of the first and of the second day is %s, want 15", got)
	}
	if got := models.DemandBetween(start, daily, start.Add(-48*time.Hour), start.Add(240*time.Hour)); !got.Equal(dec(60)) {
		t.Errorf("the whole horizon is %s, want 60", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		hour := func(name string, from int) int { return rapid.IntRange(from, 80).Draw(t, name) }
		a := hour("from", 0)
		b := hour("cut", a)
		c := hour("to", b)
		at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
		parts := models.DemandBetween(start, daily, at(a), at(b)).Add(models.DemandBetween(start, daily, at(b), at(c)))
		whole := models.DemandBetween(start, daily, at(a), at(c))
		if parts.Sub(whole).Abs().GreaterThan(decimal.New(2, -3)) {
			t.Fatalf("parts give %s, the whole %s", parts, whole)
		}
	})
}
