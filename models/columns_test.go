package models_test

import (
	"testing"

	"throughline/models"
)

func FuzzParseColumnNames(f *testing.F) {
	for _, seed := range []string{"dc,item", "item,dc,dc", "", ",", "a b,é,\x00,dc", "Dc"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		names := models.ParseColumnNames(text)
		if again := models.ParseColumnNames(string(names)); again != names {
			t.Errorf("%q: %q reads as %q", text, names, again)
		}
	})
}

func TestColumnNamesAreEachNamedOnce(t *testing.T) {
	names := models.ParseColumnNames("item,dc,Nothing,dc,; drop")
	if names != "dc,item" || !names.Has("dc") || names.Has("") || names.Has("d") {
		t.Errorf("%q", names)
	}
}
