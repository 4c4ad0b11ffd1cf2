package webtest_test

import (
	"net/http"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestMeasuresOpenWhereNothingHappenedYet(t *testing.T) {
	w := webtest.Start(t)
	executive := w.SignIn(models.RoleExecutive)
	if p := executive.Get("/executive"); p.Status != http.StatusOK {
		t.Errorf("the measures answer %d", p.Status)
	}
	for _, m := range models.MeasureDefinitions() {
		if p := executive.Get("/executive/" + string(m.ID)); p.Status != http.StatusOK {
			t.Errorf("%s answers %d: %s", m.ID, p.Status, p.Text())
		}
	}
}
