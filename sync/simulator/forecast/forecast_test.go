package forecast_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/forecast"
)

// halfSunday sells half an average day on Sundays, nothing on Saturdays and
// the rest on the five other days.
var halfSunday = forecast.Profile{0.5, 1.3, 1.3, 1.3, 1.3, 1.3, 0}

func TestWeeklyProfileByHand(t *testing.T) {
	// Two weeks from a Wednesday: Wed Thu Fri Sat Sun Mon Tue. 70 pieces in
	// all, so an average day sells 5; the half week that follows is ignored.
	demand := []int{10, 5, 5, 0, 5, 5, 5, 10, 5, 5, 0, 5, 5, 5, 999, 999}
	got := forecast.WeeklyProfile(demand, time.Wednesday)
	want := forecast.Profile{time.Sunday: 1, time.Monday: 1, time.Tuesday: 1, time.Wednesday: 2, time.Thursday: 1, time.Friday: 1}
	if got != want {
		t.Errorf("profile %v, want %v", got, want)
	}
	if forecast.WeeklyProfile(make([]int, 14), time.Monday) != forecast.Flat() {
		t.Error("no demand is not flat")
	}
}

func TestNextByHand(t *testing.T) {
	model := forecast.Smoothing{Alpha: 0.2}
	for name, test := range map[string]struct {
		day    time.Weekday
		pieces int
		want   float64
	}{
		"as expected":          {time.Sunday, 5, 10},                // 5/0.5 = 10
		"more than expected":   {time.Sunday, 10, 10 + 0.2*(20-10)}, // 10/0.5 = 20
		"a weekday":            {time.Monday, 26, 10 + 0.2*(20-10)}, // 26/1.3 = 20
		"nothing on a workday": {time.Monday, 0, 8},                 // 10 - 0.2*10
		"closed":               {time.Saturday, 0, 10},
	} {
		t.Run(name, func(t *testing.T) {
			got := float64(model.Next(10, halfSunday, test.day, test.pieces))
			if math.Abs(got-test.want) > 1e-9 {
				t.Errorf("level %v, want %v", got, test.want)
			}
		})
	}
}

func TestTrainFindsAConstantDemand(t *testing.T) {
	demand := make([]int, 70)
	for i := range demand {
		demand[i] = 12
	}
	level := forecast.Smoothing{Alpha: 0.1}.Train(forecast.Flat(), time.Monday, demand)
	if math.Abs(float64(level)-12) > 1e-9 {
		t.Errorf("level %v of a constant 12", level)
	}
}

func TestBucketsFollowTheWeek(t *testing.T) {
	buckets := forecast.Buckets(10, halfSunday, time.Friday)
	got := []string{buckets[0].String(), buckets[1].String(), buckets[2].String(), buckets[3].String()}
	if want := []string{"13", "0", "5", "13"}; !slices.Equal(got, want) {
		t.Errorf("Friday to Monday %v, want %v", got, want)
	}
	if len(buckets) != forecast.Horizon || !buckets[7].Equal(buckets[0]) {
		t.Errorf("%d buckets, a week later %s", len(buckets), buckets[7])
	}
}

func TestMaterialityByHand(t *testing.T) {
	rule := forecast.Materiality{MinPieces: decimal.NewFromInt(5), Share: decimal.RequireFromString("0.2")}
	days := func(pieces int64) []decimal.Decimal {
		return slices.Repeat([]decimal.Decimal{decimal.NewFromInt(pieces)}, forecast.Horizon)
	}
	for name, test := range map[string]struct {
		published, fresh int64
		age, lead        int
		want             bool
	}{
		"same":                        {10, 10, 1, 5, false},
		"19 of 100":                   {10, 12, 0, 5, true},  // 50 → 60: 10 ≥ max(5, 10)
		"below the share":             {20, 22, 0, 5, false}, // 100 → 110: 10 < 20
		"below the minimum of pieces": {1, 2, 0, 4, false},   // 4 → 8: 4 < 5
		"down counts as well":         {10, 8, 0, 5, true},
		"published has run out":       {10, 10, 24, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rule.Changed(days(test.published), days(test.fresh), test.age, test.lead); got != test.want {
				t.Errorf("changed %v", got)
			}
		})
	}
}

func TestLevelStaysBetweenTheExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		demand := rapid.SliceOfN(rapid.IntRange(0, 500), 1, 120).Draw(t, "demand")
		alpha := rapid.Float64Range(0.01, 1).Draw(t, "alpha")
		level := float64(forecast.Smoothing{Alpha: alpha}.Train(forecast.Flat(), time.Sunday, demand))
		if level < float64(slices.Min(demand))-1e-9 || level > float64(slices.Max(demand))+1e-9 {
			t.Fatalf("level %v outside of the demand %v", level, demand)
		}
	})
}

// On the real demand the model must beat the naive forecast, that the next two
// weeks sell what the last two sold, per item and DC over the whole horizon:
// single days are so lumpy that a forecast of zero would win them.
func TestModelBeatsNaiveOnRealDemand(t *testing.T) {
	data, err := demodata.Load()
	if err != nil {
		t.Fatal(err)
	}
	model := forecast.Smoothing{Alpha: 0.05}
	const start, days = 187, 14
	var errModel, errNaive, actual float64
	for dc := range data.DCs {
		series := make([][]int, len(data.Items))
		pooled := make([]int, start)
		for item := range data.Items {
			for day := range start {
				pieces := data.Demand(item, dc, day)
				series[item] = append(series[item], pieces)
				pooled[day] += pieces
			}
		}
		profile := forecast.WeeklyProfile(pooled, time.Wednesday)
		for item, demand := range series {
			level := model.Train(profile, time.Wednesday, demand)
			var predicted, naive, sold float64
			for i, bucket := range forecast.Buckets(level, profile, (time.Wednesday+start)%7)[:days] {
				predicted += bucket.InexactFloat64()
				naive += float64(demand[start-days+i])
				sold += float64(data.Demand(item, dc, start+i))
			}
			errModel += math.Abs(predicted - sold)
			errNaive += math.Abs(naive - sold)
			actual += sold
		}
	}
	t.Logf("WAPE over %d days: model %.3f, naive %.3f", days, errModel/actual, errNaive/actual)
	if errModel > 0.95*errNaive {
		t.Errorf("WAPE %.3f, naive %.3f", errModel/actual, errNaive/actual)
	}
}

func TestADayWithoutStockNeverLowersTheLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := forecast.Smoothing{Alpha: rapid.Float64Range(0.01, 1).Draw(t, "alpha")}
		level := forecast.Level(rapid.Float64Range(0, 500).Draw(t, "level"))
		pieces := rapid.IntRange(0, 1000).Draw(t, "pieces")
		next, without := s.Next(level, forecast.Flat(), time.Monday, pieces), s.NextWithout(level, forecast.Flat(), time.Monday, pieces)
		if without < level || without < next || without > max(level, next) {
			t.Fatalf("from %v with %d pieces to %v, with stock to %v", level, pieces, without, next)
		}
	})
}
