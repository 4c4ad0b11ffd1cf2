package gallery_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/gallery"
	"throughline/views/layout"
	"throughline/views/ui"
)

func document(t *testing.T, page templ.Component) *goquery.Document {
	t.Helper()
	ctx := ui.WithEnv(context.Background(), ui.Env{Now: time.Date(2027, 2, 3, 12, 0, 0, 0, time.UTC)})
	var out strings.Builder
	if err := page.Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// pages are all that is drawn without data of a tower.
func pages() map[string]templ.Component {
	shell := gallery.Shell(models.RolePlanner, time.Now())
	return map[string]templ.Component{
		"gallery":  gallery.Page(layout.System, "/live?page=gallery", "22423"),
		"sign-in":  layout.SignInPage(layout.SignIn{Problem: "Wrong password", Next: "/flow"}),
		"refused":  layout.FailurePage(layout.Page{Shell: shell, Title: "Books"}, layout.FailureFor(403, "")),
		"no shell": layout.LoneFailurePage(layout.Dark, shell.Clock, layout.FailureFor(503, "")),
	}
}

func TestPagesRunUnderTheContentSecurityPolicy(t *testing.T) {
	for name, page := range pages() {
		doc := document(t, page)
		if n := doc.Find("[style], style").Length(); n > 0 {
			t.Errorf("%s has %d inline styles", name, n)
		}
		if n := doc.Find("script:not([src])").Length(); n > 0 {
			t.Errorf("%s has %d inline scripts", name, n)
		}
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, a := range s.Nodes[0].Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.HasPrefix(a.Val, "javascript:") || strings.HasPrefix(a.Val, "js:") {
					t.Errorf("%s: <%s %s=%q> needs a script in the page", name, s.Nodes[0].Data, a.Key, a.Val)
				}
			}
		})
	}
}

func TestPagesAreSoundDocuments(t *testing.T) {
	for name, page := range pages() {
		doc := document(t, page)
		seen := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			if id := s.AttrOr("id", ""); seen[id] {
				t.Errorf("%s: the id %q is there twice", name, id)
			} else {
				seen[id] = true
			}
		})
		doc.Find("[aria-labelledby], label[for], [data-opens]").Each(func(_ int, s *goquery.Selection) {
			for _, attr := range []string{"aria-labelledby", "for", "data-opens"} {
				if id, ok := s.Attr(attr); ok && !seen[id] {
					t.Errorf("%s: %s names %q, which is not there", name, attr, id)
				}
			}
		})
		if n := doc.Find("h1").Length(); n != 1 {
			t.Errorf("%s has %d first headings", name, n)
		}
		if doc.Find("title").Text() == "" || doc.Find("main").Length() != 1 {
			t.Errorf("%s has no title or not one main part", name)
		}
	}
}

func TestThemeOfTheCookieIsDrawnByTheServer(t *testing.T) {
	for theme, attribute := range map[layout.Theme]string{layout.Dark: "dark", layout.Light: "light", layout.System: ""} {
		doc := document(t, gallery.Page(theme, "", ""))
		if got := doc.Find("html").AttrOr("data-theme", ""); got != attribute {
			t.Errorf("theme %q draws %q", theme, got)
		}
		if got := doc.Find("[data-theme-switch] [aria-pressed=true]").AttrOr("value", "none"); got != attribute {
			t.Errorf("theme %q presses %q", theme, got)
		}
	}
}

func TestNavigationShowsWhatTheRoleMayOpen(t *testing.T) {
	open := func(role models.Role) string {
		var keys []string
		for _, group := range layout.Navigation(role, nil) {
			for _, item := range group.Items {
				keys = append(keys, item.Key)
			}
		}
		return " " + strings.Join(keys, " ") + " "
	}
	for role, denied := range map[models.Role]string{models.RolePlanner: layout.NavFlow, models.RoleIT: layout.NavApprovals, models.RoleExecutive: layout.NavMyDay, models.RoleProcurement: layout.NavExecutive} {
		if strings.Contains(open(role), " "+denied+" ") {
			t.Errorf("%s is offered %s", role, denied)
		}
		if !strings.Contains(open(role), " "+layout.NavOverview+" ") || !strings.Contains(open(models.RoleAdmin), " "+denied+" ") {
			t.Errorf("%s or the administrator misses a page", role)
		}
	}
}

func TestAFailureWithoutAShellTellsBusinessTime(t *testing.T) {
	if n := document(t, pages()["no shell"]).Find("main #business-clock time").Length(); n != 1 {
		t.Errorf("it is told %d times", n)
	}
}

func TestNoAddressWasRefusedAsUnsafe(t *testing.T) {
	for name, page := range pages() {
		if html, err := document(t, page).Html(); err != nil || strings.Contains(html, "about:invalid") {
			t.Errorf("%s has an address that templ refused (%v)", name, err)
		}
	}
}
