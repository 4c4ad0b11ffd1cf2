package configuration_test

import (
	"os"
	"strings"
	"testing"

	"throughline/sync/configuration"
)

// What is in force is a file again, which declares the same and has every default.
func TestWhatIsInForceIsAFileThatDeclaresIt(t *testing.T) {
	text, err := os.ReadFile("../../docs/throughline.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := configuration.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	first, err := d.InForce(d.Systems, d.Routes)
	if err != nil {
		t.Fatal(err)
	}
	again, err := configuration.Parse(first)
	if err != nil {
		t.Fatalf("%v in\n%s", err, first)
	}
	second, err := again.InForce(again.Systems, again.Routes)
	if err != nil || string(first) != string(second) {
		t.Errorf("%v: read again, it is\n%s\nwas\n%s", err, second, first)
	}
	for _, want := range []string{"confirmed: 72h", "movements: ", "jitter: ", "secret_env: FORECASTING_SECRET"} {
		if !strings.Contains(string(first), want) {
			t.Errorf("%q is not in\n%s", want, first)
		}
	}
	bare, err := (&configuration.Document{}).InForce(nil, nil)
	if err != nil || !strings.Contains(string(bare), "ordered: 3m\n") || strings.Contains(string(bare), "routes") {
		t.Errorf("where nothing is declared: %v\n%s", err, bare)
	}
}
