package webtest_test

import (
	"net/http"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// TestAnUnknownAddressKeepsTheMenu asks for what no route answers, by method or by path.
func TestAnUnknownAddressKeepsTheMenu(t *testing.T) {
	w := webtest.Start(t)
	buyer, stranger := w.SignIn(models.RoleProcurement), w.Stranger()
	for path, status := range map[string]int{"/nowhere": http.StatusNotFound, "/nowhere/at/all": http.StatusNotFound, "/approvals/R-1/approve": http.StatusMethodNotAllowed} {
		p := buyer.Get(path)
		if p.Status != status || p.Find(`nav.nav a[href="/approvals"]`).Length() != 1 || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s is answered with %d, %d ways to the approvals, %q", path, p.Status, p.Find(`nav.nav a[href="/approvals"]`).Length(), p.Header.Get("Cache-Control"))
		}
		if p := stranger.Get(path); p.Status != status || p.Find("nav.nav").Length() != 0 {
			t.Errorf("%s is answered to a stranger with %d and %d menus", path, p.Status, p.Find("nav.nav").Length())
		}
	}
	if p := w.SignIn(models.RoleExecutive).Get("/nowhere"); p.Find(`nav.nav a[href="/approvals"]`).Length() != 0 {
		t.Error("the menu of a page that is not there shows what the role may not open")
	}
}
