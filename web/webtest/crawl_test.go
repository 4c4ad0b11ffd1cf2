package webtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/views/layout"
	"throughline/web/webtest"
)

// crawled bounds the pages that one role opens: lists link many of a kind.
const crawled = 120

func TestNoPageOffersWhatItsReaderIsRefused(t *testing.T) {
	w := integrationDesk(t)
	starts := []string{
		"/overview", "/dcs/LON", "/events/13", "/events/4", "/exceptions", "/deliveries/" + value(t, w, `SELECT max(id)::text FROM deliveries`),
		"/writes/" + value(t, w, `SELECT max(id)::text FROM erp_writes`),
	}
	for id := range strings.FieldsSeq(value(t, w, `SELECT string_agg(id::text, ' ') FROM exceptions`)) {
		starts = append(starts, "/exceptions/"+id)
	}
	for _, role := range models.Roles() {
		c := w.SignIn(role)
		level := append([]string{layout.Home(role)}, starts...)
		seen := map[string]string{}
		for _, path := range level {
			seen[path] = "the start"
		}
		for range 3 {
			var next []string
			for _, path := range level {
				for _, to := range open(t, c, role, path, seen[path]) {
					if seen[to] == "" && len(seen) < crawled {
						seen[to] = path
						next = append(next, to)
					}
				}
			}
			level = next
		}
	}
}

// open reads a page that from offered and tells where it leads to.
func open(t *testing.T, c *webtest.Client, role models.Role, path, from string) (links []string) {
	t.Helper()
	p := c.Get(path)
	if p.Status == http.StatusForbidden || p.Status >= http.StatusInternalServerError {
		t.Errorf("%s gets %d at %s, offered by %s", role, p.Status, path, from)
	}
	if to := p.Header.Get("Location"); to != "" {
		return []string{to}
	}
	p.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		to, err := url.Parse(a.AttrOr("href", ""))
		if err == nil && to.Host == "" && strings.HasPrefix(to.Path, "/") && !strings.HasPrefix(to.Path, "/static/") {
			to.Fragment = ""
			links = append(links, to.String())
		}
	})
	return links
}

// One exception of each kind, about everything that one can be about, is opened by
// each role, and so is what its page leads to.
func TestNoExceptionOffersWhatItsReaderIsRefused(t *testing.T) {
	w := integrationDesk(t)
	for _, kind := range models.ExceptionKinds() {
		exec(t, w, `INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, source, item, dc, recommendation, document, event_seq, erp_write,
				opened_at, last_seen_at, ack_due_at, resolve_due_at)
			SELECT '`+string(kind.Code)+`', '`+string(kind.Team)+`', '`+string(kind.Stage)+`', 'of each kind `+string(kind.Code)+`', 'T', 'H', 'new', 'P3', 'C2', 'w', 'erp', 'A', 'LON', 'R-1', 'PO-1', 13, max(id),
				now(), now(), now() + interval '1 h', now() + interval '2 h' FROM erp_writes`)
	}
	ids := strings.Fields(value(t, w, `SELECT string_agg(id::text, ' ') FROM exceptions WHERE dedupe_key LIKE 'of each kind %'`))
	if len(ids) != len(models.ExceptionKinds()) {
		t.Fatalf("%d exceptions of %d kinds", len(ids), len(models.ExceptionKinds()))
	}
	for _, role := range models.Roles() {
		c, seen := w.SignIn(role), map[string]bool{}
		for _, id := range ids {
			path := "/exceptions/" + id
			for _, to := range open(t, c, role, path, "the start") {
				if place, _, _ := strings.Cut(to, "?"); !seen[place] {
					seen[place] = true
					open(t, c, role, to, path)
				}
			}
		}
	}
}
