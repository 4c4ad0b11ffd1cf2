package demodata

import "testing"

func FuzzSeries(f *testing.F) {
	f.Add("0:3 1:4 30:5")
	f.Add("1:1 9223372036854775807:1")
	f.Add("-1:2")
	f.Add("0:0")
	f.Fuzz(func(t *testing.T, text string) {
		days := make([]int32, 64)
		if err := parseSeries(text, days); err != nil {
			return
		}
		for day, quantity := range days {
			if quantity < 0 {
				t.Errorf("%q sells %d on day %d", text, quantity, day)
			}
		}
	})
}

func FuzzDeliveries(f *testing.F) {
	f.Add("14/2:3 20/0:1")
	f.Add("14/14:1")
	f.Add("999999999999999999999/0:1")
	f.Fuzz(func(t *testing.T, text string) {
		deliveries, err := parseDeliveries(text)
		if err != nil {
			return
		}
		for _, d := range deliveries {
			if d.Promise() <= 0 || d.Weight <= 0 || d.Lead > maxLead {
				t.Errorf("%q gives %+v", text, d)
			}
		}
	})
}
