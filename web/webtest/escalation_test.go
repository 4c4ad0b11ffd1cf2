package webtest_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

func TestAnEscalationCallsAccounts(t *testing.T) {
	w := webtest.Start(t)
	file := filepath.Join(t.TempDir(), "throughline.yaml")
	apply := func(text string) error {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return app.ApplyConfiguration(t.Context(), w.DB, file, "test", false, nil, io.Discard)
	}
	it := w.SignIn(models.RoleIT)
	name := value(t, w, `SELECT name FROM users WHERE role = 'it'`)
	if err := apply("escalation:\n  lead: {it: nobody}\n"); models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("somebody without an account is called: %v", err)
	}
	if err := apply("escalation:\n  duty: {it: " + name + "}\n"); err != nil {
		t.Fatal(err)
	}
	// No detector looks after this code, so none takes it for cleared.
	id := raise(t, w, "API-99", models.TeamIT, models.TeamPlanner)
	overdue := func() { // anew, until the names hold that were applied while the tower runs
		t.Helper()
		if _, err := w.DB.Pool.Exec(t.Context(), `
			UPDATE exceptions SET state = 'new', resolved_at = NULL, standing = true, escalation = 0, opened_at = now() - interval '3 days', ack_due_at = now() - interval '1 minute' WHERE id = $1`, id); err != nil {
			t.Fatal(err)
		}
	}
	overdue()
	eventually(t, "it to be called by name", func() bool {
		switch value(t, w, `SELECT escalation || escalated_to FROM exceptions WHERE id = `+id) {
		case "2" + name:
			return true
		case "2": // by the names of before
			overdue()
		}
		return false
	})
	see(t, it.Get("/exceptions/it?view=mine"), "#queue tbody", "API-99")
	see(t, it.Get("/exceptions/"+id), "main", "the duty manager "+name)
	exec(t, w, `DELETE FROM exception_notes WHERE action = 'escalated'`)
	exec(t, w, `UPDATE exceptions SET escalated_to = 'role:it' WHERE code = 'API-99'`)
	see(t, it.Get("/exceptions/"+id), "main", "to anyone with the role IT as the duty manager")

	if err := apply("rota:\n  it:\n    time_zone: UTC\n    shifts:\n      all: {hours: 00:00-24:00, on_duty: [nobody]}\n"); models.CodeOf(err) != models.CodePrecondition || !strings.Contains(err.Error(), "line 5: rota.it.shifts.all.on_duty: nobody") {
		t.Errorf("somebody without an account is on duty: %v", err)
	}
	rota := "rota:\n  it:\n    time_zone: UTC\n    shifts:\n      all: {hours: 00:00-24:00, on_duty: [\"role:it\"]}\n"
	for range 2 {
		if err := apply(rota); err != nil {
			t.Fatal(err)
		}
	}
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'configuration.apply'`); n != "2" {
		t.Errorf("%s applied files are audited, want the two that changed something", n)
	}
	overdue()
	eventually(t, "whoever is on duty to be called", func() bool {
		switch value(t, w, `SELECT escalation || escalated_to FROM exceptions WHERE id = `+id) {
		case "2role:it":
			return true
		case "2" + name: // by the file of before
			overdue()
		}
		return false
	})
	see(t, it.Get("/exceptions/it?view=mine"), "#queue tbody", "API-99")
	see(t, it.Get("/exceptions/"+id), "main", "to anyone with the role IT, on duty until")
	see(t, it.Get("/exceptions/"+id), "main", "UTC (all)")
	see(t, it.Get("/windows?show=rota"), "#shift-it-all", "on duty until")
}
