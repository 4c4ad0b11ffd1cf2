package e2e

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"throughline/e2e/browser"
	"throughline/e2e/program"
	"throughline/models"
)

// template is a kind of page: the first link that matches leads to one of it.
type template struct {
	name string
	link *regexp.Regexp
}

func templates() []template {
	kind := func(name, link string) template { return template{name, regexp.MustCompile(link)} }
	return []template{
		kind("overview", `^/overview$`),
		kind("DC page", `^/dcs/[^/]+$`),
		kind("chain of a purchase order", `^/chain\?q=PO-`),
		kind("chain of a recommendation", `^/chain\?q=R-`),
		kind("sales order", `^/sales-orders/[^/]+$`),
		kind("search", `^/search\?q=`),
		kind("my day", `^/my-day$`),
		kind("influence board", `^/influence$`),
		kind("approvals", `^/approvals$`),
		kind("approvals with a review", `^/approvals\?open=R-`),
		kind("recommendation", `^/approvals/R-`),
		kind("order desk", `^/orders`),
		kind("procurement's queue", `^/exceptions/procurement$`),
		kind("planning's queue", `^/exceptions/planning$`),
		kind("IT's queue", `^/exceptions/it$`),
		kind("exception", `^/exceptions/\d+`),
		kind("flow map", `^/flow$`),
		kind("failure of an event", `^/events/\d+$`),
		kind("failure of a write", `^/writes/\d+$`),
		kind("delivery", `^/deliveries/\d+$`),
		kind("parked events", `^/parked$`),
		kind("refused events", `^/rejected`),
		kind("routes", `^/routes$`),
		kind("route", `^/routes/[^/]+$`),
		kind("books", `^/books$`),
		kind("reconciliation", `^/reconciliation$`),
		kind("my exceptions and others", `^/exceptions\?`),
		kind("bulk actions", `^/bulk$`),
		kind("plan of a bulk action", `^/bulk/new`),
		kind("edit of an event", `^/events/\d+/edit$`),
		kind("test event", `^/connectors/test-event`),
		kind("connectors", `^/connectors$`),
		kind("new secret of a route", `^/routes/[^/]+/secret$`),
		kind("rewind of a route", `^/routes/[^/]+/rewind$`),
		kind("pauses", `^/pauses$`),
		kind("layers", `^/layers$`),
		kind("latency", `^/latency$`),
		kind("windows", `^/windows$`),
		kind("cadence", `^/windows/cadence$`),
		kind("what a subscriber refuses", `^/routes/[^/]+/refused$`),
		kind("an event that a subscriber refuses", `^/routes/[^/]+/refused/[^/]+$`),
		kind("capabilities", `^/capabilities$`),
		kind("alarm health", `^/alarms$`),
		kind("concentration", `^/concentration$`),
		kind("manual work", `^/manual-work$`),
		kind("audit", `^/audit$`),
		kind("a row of the audit", `^/audit\?.*open=`),
		kind("stock truth", `^/stock$`),
		kind("stock of an item", `^/stock\?.*open=`),
		kind("on time", `^/influence/on-time`),
		kind("confirmations", `^/confirmations$`),
		kind("supplier notices", `^/supplier-notices`),
		kind("trace", `^/traces/`),
		kind("health", `^/executive$`),
		kind("measure", `^/executive/[^/]+$`),
		kind("break something", `^/break-something$`),
		kind("gallery", `^/gallery$`),
	}
}

// seePages scans one page of each template, light and dark, and makes it narrow.
func (p *people) seePages(t *testing.T) {
	guest := p.chromium.Tab(t, p.tower.URL())
	seePage(t, guest, "sign-in", "/sign-in")
	tab := p.tab(t, models.RoleAdmin)
	found := p.follow(t)
	for _, kind := range templates() {
		t.Run(kind.name, func(t *testing.T) {
			path, ok := found[kind.name]
			if !ok {
				t.Fatal("no link leads to such a page")
			}
			seePage(t, tab, kind.name, path)
		})
	}
	seePage(t, tab, "a page that is not there", "/nowhere")
}

func seePage(t *testing.T, tab *browser.Tab, name, path string) {
	t.Helper()
	tab.Viewport(1440, 900)
	for _, look := range []struct {
		scheme string
		scan   func() []browser.Finding
	}{{"light", tab.Axe}, {"dark", tab.AxeColours}} {
		tab.Scheme(look.scheme)
		tab.Goto(path)
		tab.Wait("the page "+path, `document.readyState === "complete"`)
		for _, finding := range look.scan() {
			t.Errorf("%s, %s: %s", path, look.scheme, finding)
		}
	}
	tab.Viewport(400, 800)
	if over := browser.Eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		t.Errorf("%s (%s) is %d px too wide for 400 px", name, path, over)
	}
}

// follow reads pages as an administrator, link by link from the start page, and
// finds one of each template. The kind of address that was opened least comes
// first, since a queue has hundreds of rows that all lead to the same kinds.
func (p *people) follow(t *testing.T) map[string]string {
	t.Helper()
	const enough = 12 // of a kind of address
	visitor := program.SignIn(t, p.tower.URL(), string(models.RoleAdmin))
	found, opened, seen := map[string]string{}, map[string]int{}, map[string]bool{"/overview": true}
	kinds := templates()
	type link struct{ path, shape string }
	for next := []link{{"/overview", "/overview"}}; len(next) > 0 && len(found) < len(kinds); {
		to := slices.MinFunc(next, func(a, b link) int { return cmp.Compare(opened[a.shape], opened[b.shape]) })
		if opened[to.shape] == enough {
			break
		}
		next = slices.DeleteFunc(next, func(other link) bool { return other == to })
		opened[to.shape]++
		page := visitor.Page(to.path)
		if page == nil {
			t.Errorf("the link %s leads nowhere", to.path)
			continue
		}
		links := program.Links(page, to.path)
		for _, kind := range kinds {
			note(found, kind, links)
		}
		for _, path := range links {
			if !seen[path] {
				seen[path] = true
				next = append(next, link{path, shape(path)})
			}
		}
	}
	seeKnown(t, slices.Collect(maps.Keys(seen)))
	return found
}

// seeKnown wants each address that is linked to belong to some template.
func seeKnown(t *testing.T, linked []string) {
	t.Helper()
	asked := map[string]bool{}
	for _, path := range linked {
		bare, _, _ := strings.Cut(path, "?")
		if kind := shape(bare); !asked[kind] && !isTemplate(bare) {
			t.Errorf("pages such as %s are linked and not scanned", kind)
		}
		asked[shape(bare)] = true
	}
}

// isTemplate reports whether some kind of page has this address, whatever its query.
func isTemplate(bare string) bool {
	if bare == "/" || strings.HasPrefix(bare, "/api/") || strings.HasPrefix(bare, "/contracts/") || strings.HasPrefix(bare, "/static/") {
		return true // no page of its own
	}
	return slices.ContainsFunc(templates(), func(kind template) bool {
		address, _, _ := strings.Cut(kind.link.String(), `\?`)
		parts := strings.Count(strings.ReplaceAll(address, `[^/]+`, "x"), "/")
		return parts == strings.Count(bare, "/") && regexp.MustCompile(address).MatchString(bare)
	})
}

// note remembers the first page of a kind among the links of a page.
func note(found map[string]string, kind template, links []string) {
	at := slices.IndexFunc(links, kind.link.MatchString)
	if found[kind.name] == "" && at >= 0 {
		found[kind.name] = links[at]
	}
}

var ids = regexp.MustCompile(`[^/?=&]*\d[^/?=&]*`)

// shape is an address without what tells one page of a kind from another.
func shape(path string) string {
	bare, query, _ := strings.Cut(path, "?")
	if query, _, ok := strings.Cut(query, "="); ok {
		bare += "?" + query
	}
	return ids.ReplaceAllString(bare, "#")
}
