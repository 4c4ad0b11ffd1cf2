package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const searchHits = 50

// Chain answers the thread from forecast to receipt, and the search that leads to it.
type Chain struct {
	Frame  *Frame
	Read   ChainFinder
	Events EventReader
	Policy authz.Policy
}

func chainPath(query string) string { return "/chain?q=" + url.QueryEscape(query) }

// Show answers GET /chain?q=: the thread that a key belongs to, at=: as it was
// known at a moment, node=: with the detail of a step beside it.
func (h *Chain) Show(c echo.Context) error {
	place := chainPlace{query: strings.TrimSpace(c.QueryParam("q")), at: strings.TrimSpace(c.QueryParam("at")), node: c.QueryParam("node")}
	if place.query == "" {
		return h.nothing(c, "", http.StatusOK)
	}
	page := h.Frame.Page(c, "", place.query)
	chain, err := h.find(c, place)
	switch models.CodeOf(err) {
	case models.CodeNotFound:
		return h.elsewhere(c, place.query)
	case models.CodeInvalid, models.CodePrecondition:
		return h.cannot(c, page, place, err)
	}
	if err != nil {
		return err
	}
	topic := models.TopicChain(chain.Item, chain.DC)
	page.Title = chain.Item + " " + chain.Description + " at " + chain.DC
	page.Lead = "Why was it ordered, and what became of it"
	page.Live = livePath(topic)
	view := pages.Chain{
		Page: page, Self: place.self(chain), Topic: string(topic) + " " + string(models.TopicChains),
		Known: knownControl(place, chain.Known), Thread: threadOf(chain, place), Steps: stepTable(chain, place),
		Levels: thresholdFacts(chain), GTIN: string(chain.GTIN),
	}
	if chain.Event != 0 {
		view.Event = ui.Tab{Title: "Event " + ui.ID(chain.Event), Href: eventPath(chain.Event)}
	}
	if chain.Known.At != nil {
		view.Topic = "" // nothing that comes now changes what was known then
	}
	if chain.Basis != nil {
		basis := inspectorView(*chain.Basis, recommendedIn(chain), chain.Unit, h.Frame.Now())
		view.Basis = &basis
	}
	for _, other := range chain.Others {
		view.Others = append(view.Others, pages.OtherChain{
			Link: ui.Tab{Title: other.Label, Href: chainPath(other.Query)}, Age: ui.Age{At: other.At},
		})
	}
	if view.Open, err = h.panel(c, chain, place); err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.ChainPage(view))
}

// elsewhere leads to what has no chain and a page of its own, such as an event.
func (h *Chain) elsewhere(c echo.Context, query string) error {
	hits, err := h.Read.Search(c.Request().Context(), query, searchHits)
	if err != nil {
		return err
	}
	if hit, ok := theOne(hits, query); ok && hitPath(hit) != chainPath(hit.Query) {
		return c.Redirect(http.StatusSeeOther, hitPath(hit))
	}
	return h.nothing(c, query, http.StatusNotFound)
}

func (h *Chain) find(c echo.Context, place chainPlace) (models.Chain, error) {
	at, err := place.moment()
	if err != nil || at == nil {
		if err != nil {
			return models.Chain{}, err
		}
		return h.Read.Find(c.Request().Context(), place.query)
	}
	return h.Read.FindAt(c.Request().Context(), place.query, *at)
}

func recommendedIn(chain models.Chain) decimal.Decimal {
	for _, n := range chain.Nodes {
		if n.ID == models.RecommendationNode(chain.Basis.Recommendation) && n.Quantity != nil {
			return *n.Quantity
		}
	}
	return decimal.Zero
}

// Search answers GET /search?q=: one thing found is gone to at once.
func (h *Chain) Search(c echo.Context) error {
	query := strings.TrimSpace(c.QueryParam("q"))
	if query == "" {
		return h.nothing(c, "", http.StatusOK)
	}
	hits, err := h.Read.Search(c.Request().Context(), query, searchHits)
	if err != nil {
		return err
	}
	if hit, ok := theOne(hits, query); ok {
		return c.Redirect(http.StatusSeeOther, hitPath(hit))
	}
	if len(hits) == 0 {
		return h.nothing(c, query, http.StatusNotFound)
	}
	view := pages.Search{Page: h.searchPage(c), Query: query, Groups: groupHits(hits)}
	return render.HTML(c, http.StatusOK, pages.SearchPage(view))
}

func (h *Chain) searchPage(c echo.Context) layout.Page {
	page := h.Frame.Page(c, "", "Search")
	page.Live = livePath()
	return page
}

// nothing says what can be searched for.
func (h *Chain) nothing(c echo.Context, query string, status int) error {
	view := pages.Search{Page: h.searchPage(c), Query: query, None: ui.Notice{
		Title: "Search for anything that has a name here",
		Detail: "An item (85123A), an item at a DC (85123A@DC-RTM), a forecast revision (85123A@DC-RTM#7), a recommendation, " +
			"an order number or reference, a sales order, a confirmation, shipping notice or receipt, a run, an event by its id or number, a trace, a supplier or a DC.",
	}}
	if query != "" {
		view.None.Title = "Nothing here is called “" + query + "”"
		gone, err := h.Read.Gone(c.Request().Context(), query)
		if err != nil {
			return err
		}
		if gone != "" {
			view.None.Title, view.None.Detail = "“"+query+"” is not kept any more", gone
		}
	}
	return render.HTML(c, status, pages.SearchPage(view))
}

// theOne is the only hit, or the only one that is called exactly what was asked for,
// by its own name or by the reference under which the ERP knows its order.
func theOne(hits []models.SearchHit, query string) (models.SearchHit, bool) {
	if len(hits) == 1 {
		return hits[0], true
	}
	var exact []models.SearchHit
	for _, hit := range hits {
		if strings.EqualFold(hit.Label, query) || strings.EqualFold(models.OrderReference(hit.Label), query) {
			exact = append(exact, hit)
		}
	}
	if len(exact) != 1 {
		return models.SearchHit{}, false
	}
	return exact[0], true
}

func hitPath(hit models.SearchHit) string {
	if hit.Seq != 0 {
		return "/events/" + ui.ID(hit.Seq)
	}
	switch hit.Kind {
	case "sales_order":
		return salesOrderHref(hit.Query)
	case "location":
		return "/dcs/" + url.PathEscape(hit.Query)
	case "trace":
		return tracePath(hit.Query)
	case "supplier":
		return approvalPath + "?supplier=" + url.QueryEscape(hit.Query)
	default:
		return chainPath(hit.Query)
	}
}

func groupHits(hits []models.SearchHit) []pages.SearchGroup {
	kinds := []struct{ kind, title string }{
		{"recommendation", "Recommendations"}, {"order", "Orders"}, {"sales_order", "Sales orders"}, {"item", "Items"}, {"revision", "Forecast revisions"}, {"evaluation", "Evaluations"},
		{"event", "Events"}, {"trace", "Traces"}, {"supplier", "Suppliers"}, {"location", "DCs"},
	}
	var groups []pages.SearchGroup
	for _, k := range kinds {
		table := ui.Table{Caption: k.title, Columns: []ui.Column{{Title: "Key", Fold: ui.FoldLead}, {Title: "What it is", Fold: ui.FoldGrow}}}
		for _, hit := range hits {
			if hit.Kind == k.kind {
				table.Rows = append(table.Rows, ui.Row{Href: hitPath(hit), Cells: cells(ui.Text(hit.Label), ui.Text(hit.Note))})
			}
		}
		if len(table.Rows) > 0 {
			groups = append(groups, pages.SearchGroup{Title: k.title, Hits: table})
		}
	}
	return groups
}
