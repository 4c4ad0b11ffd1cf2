package models_test

import (
	"testing"

	"throughline/models"
)

func TestSortingFallsBackToTheListsOwnOrder(t *testing.T) {
	for text, want := range map[string]models.Sorting{
		"value": {Key: "value"}, "-need_by": {Key: "need_by", Descending: true},
		"": {}, "-": {}, "--value": {}, "Value": {}, "value; drop": {}, "a_name_that_is_longer_than_any_column": {},
	} {
		if got := models.ParseSorting(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

func FuzzParseSorting(f *testing.F) {
	for _, seed := range []string{"value", "-value", "", "-", "--", "a b", "é", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := models.ParseSorting(text)
		if again := models.ParseSorting(s.String()); again != s {
			t.Errorf("%q: %+v is written as %q, which reads %+v", text, s, s, again)
		}
		if s.Key != "" && s.String() != text {
			t.Errorf("%q became %q", text, s)
		}
	})
}
