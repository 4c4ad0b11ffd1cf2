package models_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestAGTINHasItsCheckDigit(t *testing.T) {
	for text, want := range map[models.GTIN]string{
		"6291041500213": "06291041500213", "96385074": "00000096385074", "614141000036": "00614141000036", "10614141000415": "10614141000415",
	} {
		if got := text.Normalised(); got != want {
			t.Errorf("%s is %q, want %s", text, got, want)
		}
	}
	for _, text := range []models.GTIN{"", "6291041500214", "629104150021", "9638507", "96385O74", "٩6385074", "123456789012345"} {
		if text.Valid() || text.Normalised() != "" {
			t.Errorf("%q counts as a GTIN", text)
		}
	}
}

// FuzzGTIN holds that one wrong digit is always seen, as the check digit promises.
func FuzzGTIN(f *testing.F) {
	f.Add("6291041500213", uint8(3), uint8(5))
	f.Add("96385074", uint8(7), uint8(1))
	f.Add("x", uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, text string, place, by uint8) {
		if !models.GTIN(text).Valid() {
			return
		}
		if full := models.GTIN(text).Normalised(); len(full) != 14 || strings.TrimLeft(full, "0") != strings.TrimLeft(text, "0") || !models.GTIN(full).Valid() {
			t.Errorf("%q is normalised to %q", text, full)
		}
		digits := []byte(text)
		at := int(place) % len(digits)
		digits[at] = '0' + (digits[at]-'0'+1+by%9)%10
		if string(digits) != text && models.GTIN(digits).Valid() {
			t.Errorf("%q and %q are both valid", text, digits)
		}
	})
}
