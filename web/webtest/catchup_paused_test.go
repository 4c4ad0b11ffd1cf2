package webtest_test

import (
	"strings"
	"testing"

	"throughline/models"
)

// A source that fell silent while calls to it are paused says on its exception and on
// *Connectors* who paused it, and until when, although it was never polled.
func TestASilentSourceSaysWhyItIsNotPolled(t *testing.T) {
	w := newPausable(t)
	it := w.SignIn(models.RoleIT)
	it.Post("/pauses/target/erp/pause", because("Maintenance"))
	exec(t, w.Tower, `UPDATE sources SET system = 'erp', interval_s = 1 WHERE source = 'erp'`)
	const why = "Calls to erp are paused by test-it until somebody resumes it: Maintenance."
	var id string
	eventually(t, "the silence to be told", func() bool {
		id = value(t, w.Tower, `SELECT coalesce(max(id), 0)::text FROM exceptions WHERE dedupe_key = 'API-01|erp'`)
		return id != "0"
	})
	eventually(t, "the exception to say why it is not polled", func() bool {
		return strings.Contains(it.Get("/exceptions/"+id).Find("#page").Text(), "The tower does not read what changes from erp itself: "+why)
	})
	see(t, it.Get("/connectors"), "#source-erp", "silent, and not read from: "+why+" (all DCs)")
	if n := w.erpCalls.Load(); n != 0 {
		t.Errorf("the ERP was called %d times", n)
	}
}
