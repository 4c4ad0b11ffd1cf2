package models_test

import (
	"slices"
	"testing"

	"throughline/models"
)

func TestNearest(t *testing.T) {
	known := []models.KnownKey{
		{Key: "22423"}, {Key: "22429"}, {Key: "2242"}, {Key: "85123A"}, {Key: "0047566", GTIN: "4006381333931"}, {Key: "DC-LON"}, {Key: "S-10"}, {Key: "99999"},
	}
	for unknown, want := range map[string][]string{
		"22428":          {"22423: one digit differs", "22429: one digit differs", "2242: one character is missing or too many"},
		"22243":          {"22423: two neighbouring characters are swapped"},
		"85123a":         {"85123A: only capitals differ"},
		"85123 a":        {"85123A: only spaces, hyphens or capitals differ"},
		"85123B":         {"85123A: one character differs"},
		"47566":          {"0047566: only leading zeros differ"},
		"04006381333931": {"0047566: its GTIN is 4006381333931"},
		"dc lon":         {"DC-LON: only spaces, hyphens or capitals differ"},
		"DC-LEN":         {"DC-LON: one character differs"},
		"91234N":         {},
		"S-9":            {}, // too short to be taken for another
		"":               {},
	} {
		got := []string{}
		for _, n := range models.Nearest(unknown, known) {
			got = append(got, n.Key+": "+n.Why)
		}
		if !slices.Equal(got, want) {
			t.Errorf("near %q are %q, want %q", unknown, got, want)
		}
	}
}

// FuzzNearest: what is proposed is never the key itself, each is known and has its
// reason, and nearness goes both ways.
func FuzzNearest(f *testing.F) {
	f.Add("22423", "22432", "4006381333931")
	f.Add("04006381333931", "A", "4006381333931")
	f.Add("000", "0", "")
	f.Add("\xff\xfe-", "ÄÖ ü", "")
	f.Fuzz(func(t *testing.T, unknown, key, gtin string) {
		known := []models.KnownKey{{Key: key, GTIN: models.GTIN(gtin)}, {Key: key + "1"}, {Key: "0" + key}, {Key: unknown}, {Key: key}}
		near := models.Nearest(unknown, known)
		if len(near) > 3 {
			t.Fatalf("%d are near", len(near))
		}
		for i, n := range near {
			switch {
			case n.Key == unknown, n.Why == "", !slices.Contains([]string{key, key + "1", "0" + key}, n.Key):
				t.Fatalf("near %q is %+v", unknown, n)
			case slices.ContainsFunc(near[:i], func(o models.NearKey) bool { return o.Key == n.Key }):
				t.Fatalf("%q is proposed twice", n.Key)
			}
		}
		there := models.Nearest(unknown, []models.KnownKey{{Key: key}})
		back := models.Nearest(key, []models.KnownKey{{Key: unknown}})
		if len(there) != len(back) || len(there) == 1 && there[0].Why != back[0].Why {
			t.Fatalf("%q is near %q as %v, and back as %v", key, unknown, there, back)
		}
	})
}
