package models_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func TestSpareIsWhatTheWorstDayLeaves(t *testing.T) {
	day := noon.Truncate(24 * 60 * 60 * 1e9)
	c := models.Cover{Available: dec(100), Start: day, Daily: []decimal.Decimal{dec(30), dec(30), dec(30), dec(30)}}
	for days, want := range map[int]int64{1: 70, 3: 10, 4: 0} {
		if got := c.Spare(day, days); !got.Equal(dec(want)) {
			t.Errorf("over %d days %s can be spared, want %d", days, got, want)
		}
	}
	if got := c.With(day.AddDate(0, 0, 3), dec(500)).Spare(day, 4); !got.Equal(dec(10)) {
		t.Errorf("with a receipt on the last day %s can be spared, want 10", got)
	}
}
