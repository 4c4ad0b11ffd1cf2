package erp

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"throughline/models"
)

// changedOrder is an order as its event tells of it, and when that was.
type changedOrder struct {
	models.OrderChanged
	ChangedAt time.Time `json:"changed_at"`
}

// getChangedOrders pages by their number through the orders that were made or changed
// at or after a time.
func (e *ERP) getChangedOrders(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	since, err := time.Parse(time.RFC3339Nano, query.Get("since"))
	if err != nil {
		reply(w, http.StatusBadRequest, businessRefusal{"invalid_time", "since must be an RFC 3339 time"})
		return
	}
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit < 1 || limit > maxPage {
		reply(w, http.StatusBadRequest, businessRefusal{"invalid_limit", "limit must be 1 to " + strconv.Itoa(maxPage)})
		return
	}
	var numbers []string
	err = e.cfg.DB.QueryRow(r.Context(), `
		SELECT coalesce(array_agg(number), '{}') FROM (
			SELECT number FROM orders WHERE changed_at >= $1 AND number > $2 ORDER BY number LIMIT $3) o`, since, query.Get("after"), limit).Scan(&numbers)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	orders, err := loadOrders(r.Context(), e.cfg.DB, numbers)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	page := struct {
		Rows []changedOrder `json:"rows"`
		Next string         `json:"next"`
	}{Rows: []changedOrder{}}
	for _, number := range slices.Sorted(maps.Keys(orders)) {
		page.Rows = append(page.Rows, changedOrder{orders[number].fact(), orders[number].changedAt.UTC()})
		page.Next = number
	}
	if len(numbers) < limit {
		page.Next = ""
	}
	reply(w, http.StatusOK, page)
}
