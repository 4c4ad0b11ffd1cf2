package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

func TestALaneGrowsWhenEachLookFindsItOlder(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		every time.Duration
		ages  []int // seconds
		want  float64
	}{
		"nothing seen":              {15 * time.Second, nil, 0},
		"too few looks":             {30 * time.Second, []int{1, 11, 21}, 0},
		"too short a time":          {5 * time.Second, []int{1, 2, 3, 4, 5, 6}, 0},
		"a steady growth":           {15 * time.Second, []int{3, 12, 21, 30}, 0.6},
		"only the last looks tell":  {15 * time.Second, []int{90, 0, 3, 12, 21, 30}, 0.6},
		"as many looks as it takes": {6 * time.Second, []int{1, 4, 7, 10, 13, 16}, 0.5},
		"a peak that falls":         {15 * time.Second, []int{3, 40, 38, 30}, 0},
		"what only stands":          {15 * time.Second, []int{20, 20, 20, 20}, 0},
		"a wait out of nothing":     {15 * time.Second, []int{0, 0, 0, 20}, 0},
	} {
		var looks []models.LaneLook
		for i, age := range tt.ages {
			looks = append(looks, models.LaneLook{At: start.Add(time.Duration(i) * tt.every), Age: time.Duration(age) * time.Second})
		}
		if got, grows := models.LaneGrowth(looks); got != tt.want || grows != (tt.want > 0) {
			t.Errorf("%s: grows by %v a second (%t), want %v", name, got, grows, tt.want)
		}
	}
}
