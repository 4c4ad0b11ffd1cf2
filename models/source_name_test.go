package models

import (
	"strings"
	"testing"
)

func TestASourceIsNamedAsPeopleDo(t *testing.T) {
	for _, tc := range []struct{ text, source, want string }{
		{"erp is silent", "erp", "ERP is silent"},
		{"The clock of erp is ahead", "erp", "The clock of ERP is ahead"},
		{"No stock figures for DC-RTM from erp", "erp", "No stock figures for DC-RTM from ERP"},
		{"forecasting is silent (paused)", "forecasting", "Forecasting is silent (paused)"},
		{"replenishment's key expires, says replenishment.", "replenishment", "Replenishment's key expires, says Replenishment."},
		{"erp-2 is silent", "erp", "erp-2 is silent"},
		{"SAP is silent", "SAP", "SAP is silent"},
		{"Too much is put aside", "", "Too much is put aside"},
	} {
		if got := NameSource(tc.text, tc.source); got != tc.want {
			t.Errorf("%q of %q becomes %q, want %q", tc.text, tc.source, got, tc.want)
		}
	}
}

func FuzzOnlyTheSourceIsWrittenAnew(f *testing.F) {
	f.Add("erp is silent", "erp")
	f.Add("a  b", "b")
	f.Add("ß", "ß")
	f.Fuzz(func(t *testing.T, text, source string) {
		got := NameSource(text, source)
		if upper := strings.ToUpper(got); !strings.EqualFold(got, text) && upper != strings.ToUpper(text) {
			t.Errorf("%q of %q becomes %q", text, source, got)
		}
	})
}
