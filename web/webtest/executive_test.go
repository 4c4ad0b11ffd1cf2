package webtest_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/app"
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

func TestADeclaredThroughputStandsBesideTheFigure(t *testing.T) {
	w := webtest.Start(t)
	file := filepath.Join(t.TempDir(), "throughline.yaml")
	if err := os.WriteFile(file, []byte("throughput: 120\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := app.ApplyConfiguration(t.Context(), w.DB, file, "test", false, nil, io.Discard); err != nil {
		t.Fatal(err)
	}
	executive := w.SignIn(models.RoleExecutive)
	eventually(t, "the target to hold", func() bool {
		return strings.Contains(executive.Get("/executive").Find("#measure-throughput").Text(), "≥ 120 events a minute")
	})
	see(t, executive.Get("/executive/throughput"), "main", "≥ 120 events a minute")
}
