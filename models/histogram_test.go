package models_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"throughline/models"
)

// durations up to some 100 days, small and large alike likely.
func durations() *rapid.Generator[[]time.Duration] {
	one := rapid.Custom(func(t *rapid.T) time.Duration {
		exponent := rapid.Float64Range(0, 13).Draw(t, "exponent")
		return time.Duration(math.Pow(10, exponent)) * time.Microsecond
	})
	return rapid.SliceOfN(one, 1, 300)
}

func fill(ds []time.Duration) models.Histogram {
	var h models.Histogram
	for _, d := range ds {
		h.Add(d)
	}
	return h
}

func TestHistogramQuantileIsWithinOnePercentOfTheNearestRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ds := durations().Draw(t, "durations")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		h := fill(ds)
		sorted := slices.Sorted(slices.Values(ds))
		rank := max(int(math.Ceil(q*float64(len(sorted)))), 1)
		want, got := sorted[rank-1], h.Quantile(q)
		// Half a microsecond is what rounding to whole ones takes.
		if off := math.Abs(float64(got - want)); off > 0.01*float64(want)+500 {
			t.Fatalf("quantile %.3f of %d durations is %s, want %s", q, len(ds), got, want)
		}
		if h.Max() != sorted[len(sorted)-1] || h.Count() != uint64(len(ds)) {
			t.Fatalf("max %s of %d", h.Max(), h.Count())
		}
	})
}

func TestHistogramsMergeToTheHistogramOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := durations().Draw(t, "a"), durations().Draw(t, "b")
		merged, other := fill(a), fill(b)
		merged.Merge(other)
		whole := fill(append(slices.Clone(b), a...))
		got, _ := merged.MarshalBinary()
		want, _ := whole.MarshalBinary()
		if !slices.Equal(got, want) {
			t.Fatal("the merge of two halves is not the histogram of the whole")
		}
	})
}

func TestHistogramSurvivesItsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := fill(durations().Draw(t, "durations"))
		data, _ := h.MarshalBinary()
		var back models.Histogram
		if err := back.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		again, _ := back.MarshalBinary()
		if !slices.Equal(again, data) || back.Count() != h.Count() || back.SumMicroseconds() != h.SumMicroseconds() {
			t.Fatal("decoding lost something")
		}
	})
}

func TestHistogramCountsNegativeAsZeroAndIsEmptyAtFirst(t *testing.T) {
	var h models.Histogram
	if h.Quantile(0.5) != 0 {
		t.Fatal("an empty histogram has a median")
	}
	h.Add(-time.Hour)
	if h.Count() != 1 || h.Max() != 0 || h.Quantile(1) != 0 {
		t.Fatalf("count %d, max %s", h.Count(), h.Max())
	}
}

func FuzzHistogramDecode(f *testing.F) {
	seed := fill([]time.Duration{time.Millisecond, time.Second})
	data, _ := seed.MarshalBinary()
	f.Add(data)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var h models.Histogram
		if h.UnmarshalBinary(data) != nil {
			return
		}
		again, _ := h.MarshalBinary()
		var back models.Histogram
		if err := back.UnmarshalBinary(again); err != nil {
			t.Fatal(err)
		}
		h.Quantile(0.95)
	})
}
