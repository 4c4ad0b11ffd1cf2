package webtest_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// An unknown item that looks like a known one is named beside it with the reason, and
// linked by nobody.
func TestTheNearestKnownKeyIsNamedAndNeverLinked(t *testing.T) {
	w := newPausable(t)
	balance := func(id, item string) sentEvent {
		return event(id, models.TypeBalance, map[string]any{
			"item": item, "dc": "LON", "on_hand": "9", "allocated": "0", "unit": "EA", "version": 1, "time": time.Now().UTC(),
		})
	}
	sends(t, w.Tower)(balance("typo", "22432"), balance("new", "91234N"))
	it := w.SignIn(models.RoleIT)
	for item, want := range map[string]string{"22432": "Mug: two neighbouring characters are swapped", "91234N": "no known key looks like it"} {
		eventually(t, "the exception", func() bool {
			return value(t, w.Tower, `SELECT count(*)::text FROM exceptions WHERE dedupe_key = 'TRF-03|item:`+item+`'`) == "1"
		})
		exception := "/exceptions/" + value(t, w.Tower, `SELECT id::text FROM exceptions WHERE dedupe_key = 'TRF-03|item:`+item+`'`)
		group := value(t, w.Tower, `SELECT fingerprint::text FROM unsettled_events WHERE waits_for = 'item:`+item+`'`)
		for _, path := range []string{exception, "/parked?state=waiting&open=" + group} {
			p := it.Get(path)
			see(t, p, "dl.keys", want)
			if way := p.Find("dl.keys a[href='/search?q=22423']").Length(); (way == 1) != strings.HasPrefix(want, "Mug") {
				t.Errorf("%s has %d ways to the known item", path, way)
			}
		}
		see(t, w.SignIn(models.RolePlanner).Get(exception), "dl.keys", want)
	}
	if n := value(t, w.Tower, `SELECT count(*)::text FROM positions`); n != "0" {
		t.Errorf("%s positions, though nobody decided", n)
	}
}
