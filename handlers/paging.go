package handlers

import (
	"cmp"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// rowsOnPage is how many rows a list shows at once.
const rowsOnPage = 50

// paging is where a reader stands in a list whose rows were counted.
type paging struct {
	page int // from 1
	size int // rows of a page
	all  int64
	noun string // of one row; empty for "row"
}

// of says what the rows are: one "exception".
func (p paging) of(noun string) paging {
	p.noun = noun
	return p
}

// readPaging takes the page from the address; one past the end is the last.
func readPaging(c echo.Context, all int64) paging { return readPagingOf(c, "page", all) }

// readPagingOf is readPaging for one of several lists of an address, by the name
// of its parameter.
func readPagingOf(c echo.Context, name string, all int64) paging {
	return readPagingBy(c, name, rowsOnPage, all)
}

// readPagingBy is readPagingOf for pages of so many rows.
func readPagingBy(c echo.Context, name string, size int, all int64) paging {
	asked, err := strconv.Atoi(c.QueryParam(name))
	if err != nil {
		asked = 1
	}
	last := max(1, (int(all)+size-1)/size)
	return paging{page: min(max(asked, 1), last), size: size, all: all}
}

func (p paging) part() models.Part {
	return models.Part{Offset: (p.page - 1) * p.size, Limit: p.size}
}

// number is the page as an address holds it: nothing for the first.
func (p paging) number() string {
	if p.page <= 1 {
		return ""
	}
	return strconv.Itoa(p.page)
}

// shown says where the page stands: "51–100 of 312 rows", "none".
func (p paging) shown() string {
	noun := cmp.Or(p.noun, "row")
	if p.all == 0 {
		return "none"
	}
	if p.all <= int64(p.size) {
		return counted(p.all, noun)
	}
	first := int64(p.part().Offset) + 1
	return ui.Count(first) + "–" + ui.Count(min(first+int64(p.size)-1, p.all)) + " of " + counted(p.all, noun)
}

// pager leads to the pages beside this one; nil when all of the list stands here.
func (p paging) pager(address func(page string) string) *ui.Pager {
	if p.all <= int64(p.size) {
		return nil
	}
	pager := &ui.Pager{Shown: p.shown()}
	if p.page > 1 {
		pager.PrevHref = address(paging{page: p.page - 1}.number())
	}
	if int64(p.page)*int64(p.size) < p.all {
		pager.NextHref = address(paging{page: p.page + 1}.number())
	}
	return pager
}

// onPage says how much of what matches stands on a page that is read by a cursor.
func onPage(shown int, all int64, paged bool) string {
	if !paged {
		return strconv.Itoa(shown) + " shown"
	}
	return strconv.Itoa(shown) + " on this page, of " + ui.Count(all) + " that match"
}

// addressOf is a page with the parameters that are set, pairs of name and value.
func addressOf(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}
