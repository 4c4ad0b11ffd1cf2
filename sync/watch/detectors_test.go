package watch_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"throughline/models"
)

func TestNothingIsWrongOnAHealthyDay(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.sweep()
	}
	if open := w.open(); len(open) > 0 {
		t.Errorf("open:%s", briefly(open))
	}
}

// A time of day as words name it, and one with its day and zone.
var (
	timeOfDay = regexp.MustCompile(`\d\d:\d\d`)
	datedTime = regexp.MustCompile(`\d{1,2} [A-Z][a-z]{2} (\d{4} at )?\d\d:\d\d(:\d\d)? UTC`)
)

func TestEachFaultHasOneExceptionWhileItStands(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sweep()
			f.breaks(w)
			w.sweep()
			open := w.open()
			mine := func(e models.Exception) bool { return e.Code == f.code }
			at := slices.IndexFunc(open, mine)
			if at < 0 || len(open) != 1+f.beside {
				t.Fatalf("want one %s, got %d:%s", f.code, len(open), briefly(open))
			}
			e := open[at]
			if e.Priority != f.priority || !strings.Contains(e.Title+" "+e.Happened, f.says) {
				t.Errorf("%s, want %s: %q %q (%s)", e.Priority, f.priority, e.Title, e.Happened, e.Why)
			}
			if times, dated := timeOfDay.FindAllString(e.Happened, -1), datedTime.FindAllString(e.Happened, -1); len(times) != len(dated) {
				t.Errorf("a time without its day or zone, to be read days later: %q", e.Happened)
			}
			if f.check != nil {
				f.check(t, e)
			}
			if out := w.sweep(); out.Opened+out.Reopened+out.Closed != 0 || len(w.open()) != 1+f.beside {
				t.Errorf("the second sweep: %+v", out)
			}
			f.mends(w)
			w.sweep()
			if open := w.open(); len(open) > 0 {
				t.Errorf("still open after it was mended:%s", briefly(open))
			}
		})
	}
}

func TestEveryCodeHasAFault(t *testing.T) {
	tried := map[models.ExceptionCode]bool{}
	for _, f := range faults {
		tried[f.code] = true
	}
	for _, kind := range models.ExceptionKinds() {
		if !tried[kind.Code] {
			t.Errorf("nothing tries %s %s", kind.Code, kind.Name)
		}
	}
}
