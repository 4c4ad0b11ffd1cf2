package app

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestTheHintNamesWhosePasswordIsKnown(t *testing.T) {
	all := models.Roles()
	for _, c := range []struct {
		name         string
		opened, kept []models.Role
		generated    bool
		says, never  string
	}{
		{"a first start", all, nil, false, "Sign in as planner, procurement, it, executive or admin; the password of each is secret.", "was set"},
		{"one password was set", all[1:], all[:1], false, "For planner it is the one that was set.", "as planner"},
		{"a password that was made", all, nil, true, "is secret (shown once).", "was set"},
		{"a second start", nil, all, true, "with the password of the first start", "secret"},
	} {
		hint := demoHint(c.opened, c.kept, "secret", c.generated)
		if !strings.Contains(hint, c.says) || strings.Contains(hint, c.never) {
			t.Errorf("%s: %s", c.name, hint)
		}
	}
}
