package handlers

import (
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// arrangement is how a reader wants a list, as it stands in the address.
type arrangement struct {
	sort string             // the name of a column, with "-" before it when it descends
	hide models.ColumnNames // that are not shown; empty for what the reader last chose
}

func readArrangement(c echo.Context) arrangement { return arrangementOf(c.QueryParams()) }

func arrangementOf(values url.Values) arrangement {
	return arrangement{sort: models.ParseSorting(values.Get("sort")).String(), hide: models.ParseColumnNames(values.Get("hide"))}
}

func (a arrangement) sorting() models.Sorting { return models.ParseSorting(a.sort) }

// put writes it into an address.
func (a arrangement) put(values url.Values) {
	if a.sort != "" {
		values.Set("sort", a.sort)
	}
	if a.hide != "" {
		values.Set("hide", string(a.hide))
	}
}

// keep lets a filter bar hold on to it.
func (a arrangement) keep(bar *ui.FilterBar) {
	values := url.Values{}
	a.put(values)
	for name := range values {
		bar.Keep = append(bar.Keep, ui.Field{Name: name, Value: values.Get(name)})
	}
}

// arrange draws the table as it is asked for: its headings lead to what sorts by them.
func (a arrangement) arrange(c echo.Context, table *ui.Table) {
	by := a.sorting()
	for i := range table.Columns {
		column := &table.Columns[i]
		if !column.Sortable {
			continue
		}
		if column.Name == by.Key {
			column.Sorted = ui.Ascending
			if by.Descending {
				column.Sorted = ui.Descending
			}
		}
		column.SortHref = fromTheTop(c.Request().URL, "sort", column.NextSort())
	}
}

// fromTheTop is an address with one parameter changed, at the first page of its list.
func fromTheTop(from *url.URL, name, value string) string {
	values := from.Query()
	for _, place := range []string{"after", standingPage, clearedPage} {
		values.Del(place)
	}
	values.Set(name, value)
	if value == "" {
		values.Del(name)
	}
	if len(values) == 0 {
		return from.Path
	}
	return from.Path + "?" + values.Encode()
}

// sortRows sorts a whole list that was read at once; what it does not know keeps
// the list's own order, and so do equal rows.
func sortRows[R any](rows []R, by models.Sorting, columns map[string]func(a, b R) int) []R {
	compare, known := columns[by.Key]
	if !known {
		return rows
	}
	return slices.SortedStableFunc(slices.Values(rows), func(a, b R) int {
		if by.Descending {
			a, b = b, a
		}
		return compare(a, b)
	})
}

// compareTimes puts what never was first.
func compareTimes(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	default:
		return a.Compare(*b)
	}
}
