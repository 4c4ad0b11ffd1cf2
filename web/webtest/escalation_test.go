package webtest_test

import (
	"io"
	"os"
	"path/filepath"
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
}
