package main

import (
	"strings"
	"testing"
)

func TestAMissedMarkFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ratio ratio
		want  string // part of the words; empty when it passes
	}{
		"above its least":     {ratio{name: "arrays", values: []float64{0.5, 0.41, 0.3}, least: 0.4}, ""},
		"at its least":        {ratio{name: "arrays", values: []float64{0.4}, least: 0.4}, ""},
		"below its least":     {ratio{name: "arrays", values: []float64{0.5, 0.39, 0.3}, least: 0.4}, "arrays is 0.39, its mark is at least 0.4"},
		"below its most":      {ratio{name: "page", values: []float64{1.2}, most: 3}, ""},
		"above its most":      {ratio{name: "page", values: []float64{3.2}, most: 3}, "page is 3.20, its mark is at most 3.0"},
		"never measured":      {ratio{name: "arrays", least: 0.4}, "arrays is 0.00"},
		"without a mark, low": {ratio{name: "COPY", values: []float64{0.1}}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := judge([]ratio{{name: "other", values: []float64{1}, least: 1}, tt.ratio})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("it says %v, want %q", err, tt.want)
			}
		})
	}
}
