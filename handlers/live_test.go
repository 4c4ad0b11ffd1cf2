package handlers_test

import (
	"testing"

	"throughline/models"
)

func TestEveryPageIsLive(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	admin := w.SignIn(models.RoleAdmin)
	for path, hinted := range map[string]string{
		"/pauses": "overview routes", "/executive/alignment": "exceptions", "/routes/replenishment/rewind": "routes",
		"/bulk/new": "", // what is typed there stays
	} {
		p := admin.Get(path)
		if p.Find("#live").Length() != 1 || p.Find("#live-state").Length() != 1 {
			t.Errorf("%s is not live: %d %s", path, p.Status, squeezed(p, "main"))
		}
		if topics := p.Find("#main [data-hint]").AttrOr("data-hint", ""); topics != hinted {
			t.Errorf("%s is fetched anew for %q, want %q", path, topics, hinted)
		}
	}
}
