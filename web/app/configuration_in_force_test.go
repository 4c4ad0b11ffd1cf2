package app

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

// Two installations that are configured alike show the same SHA-256, however their
// files are written; what is changed beside the file shows.
func TestWhatIsInForceIsShownAndCanBeCompared(t *testing.T) {
	show := func(db *store.DB) (sum, text string) {
		t.Helper()
		var out bytes.Buffer
		if err := PrintConfiguration(t.Context(), db, &out); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitN(out.String(), "\n", 3)
		if !strings.HasPrefix(lines[1], "# sha256: ") {
			t.Fatalf("it begins with %q", lines[:2])
		}
		return lines[1], lines[2]
	}
	apply := func(text string) *store.DB {
		t.Helper()
		db := storetest.New(t)
		if err := ApplyConfiguration(t.Context(), db, written(t, text), "test", false, nil, io.Discard); err != nil {
			t.Fatal(err)
		}
		return db
	}
	one := apply("systems: {erp: {kind: erp, interval: 10m, quota: {rate: 5, burst: 50}, owns: [inventory]}}\nwindows: {ordered: 3m}\n")
	other := apply("# The same, by another hand.\nsystems:\n  erp: {owns: [inventory], quota: {burst: 50, rate: 5.0}, interval: 600s, kind: erp}\n")
	sum, text := show(one)
	if same, told := show(other); same != sum {
		t.Errorf("alike, they show\n%s\n%s", text, told)
	}
	for _, want := range []string{"interval: 10m\n", "burst: 50\n", "- inventory\n", "ordered: 3m\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if _, err := other.Pool.Exec(t.Context(), `UPDATE sources SET interval_s = 300`); err != nil {
		t.Fatal(err)
	}
	if changed, told := show(other); changed == sum || !strings.Contains(told, "interval: 5m\n") {
		t.Errorf("changed beside the file, it shows %s\n%s", changed, told)
	}
	if _, told := show(storetest.New(t)); strings.Contains(told, "systems") || !strings.Contains(told, "ordered: 3m\n") {
		t.Errorf("of an installation without a file it shows\n%s", told)
	}
}
