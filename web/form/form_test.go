package form_test

import (
	"errors"
	"net/url"
	"testing"

	"throughline/models"
	"throughline/web/form"
)

func TestEveryFaultIsToldAtOnce(t *testing.T) {
	f := form.Read(url.Values{"reason": {"  "}, "quantity": {"-3"}, "version": {"x"}, "verdict": {"maybe"}, "note": {"longer"}})
	f.Required("reason", 10)
	f.Quantity("quantity")
	f.Int("version")
	f.Choice("verdict", "approve", "reject")
	f.Text("note", 3)
	var coded *models.Error
	if err := f.Err(); !errors.As(err, &coded) || coded.Code != models.CodeInvalid {
		t.Fatalf("error is %v", err)
	}
	if len(coded.Fields) != 5 {
		t.Errorf("%d faults are told, not 5: %v", len(coded.Fields), coded.Fields)
	}
}

func TestGoodFieldsAreReadAsTheyAreMeant(t *testing.T) {
	f := form.Read(url.Values{"reason": {" test data "}, "quantity": {"1,240.5"}, "version": {" 7 "}, "verdict": {"approve"}})
	reason, quantity, version, verdict := f.Required("reason", 20), f.Quantity("quantity"), f.Int("version"), f.Choice("verdict", "approve", "reject")
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	if reason != "test data" || quantity.String() != "1240.5" || version != 7 || verdict != "approve" {
		t.Errorf("read %q %s %d %q", reason, quantity, version, verdict)
	}
}

func FuzzQuantityIsNeverZeroOrLess(f *testing.F) {
	for _, seed := range []string{"1", "1,000.5", "-2", "", "1e9", "NaN"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		read := form.Read(url.Values{"q": {input}})
		quantity := read.Quantity("q")
		if read.Err() == nil && !quantity.IsPositive() {
			t.Errorf("%q was read as %s", input, quantity)
		}
	})
}
