package replenishment

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"
)

const maxPage = 1000

// stockPage is a part of what the engine holds; an empty Next ends it.
type stockPage struct {
	Rows []stock `json:"rows"`
	Next string  `json:"next"`
}

// getStock pages through the stock that the engine works from; the cursor is
// the last row's "item|dc".
func (e *Engine) getStock(w http.ResponseWriter, r *http.Request) {
	limit := maxPage
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			http.Error(w, "limit must be 1 to "+strconv.Itoa(maxPage), http.StatusBadRequest)
			return
		}
		limit = n
	}
	found, err := e.cfg.DB.Query(r.Context(), `
		SELECT data FROM facts WHERE kind = $1 AND key > $2 ORDER BY key LIMIT $3`, factStock, r.URL.Query().Get("after"), limit)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	page := stockPage{Rows: []stock{}}
	if page.Rows, err = pgx.AppendRows(page.Rows, found, scanStock); err != nil {
		e.fail(w, r, err)
		return
	}
	if len(page.Rows) == limit {
		last := page.Rows[limit-1]
		page.Next = key{last.Item, last.DC}.String()
	}
	reply(w, page)
}

func (e *Engine) getStockOf(w http.ResponseWriter, r *http.Request) {
	found, err := e.cfg.DB.Query(r.Context(), `SELECT data FROM facts WHERE kind = $1 AND key = $2`,
		factStock, key{r.PathValue("item"), r.PathValue("dc")}.String())
	if err == nil {
		var row stock
		if row, err = pgx.CollectExactlyOneRow(found, scanStock); err == nil {
			reply(w, row)
			return
		}
	}
	if errors.Is(err, pgx.ErrNoRows) {
		http.Error(w, "no stock is known of this item at this DC", http.StatusNotFound)
		return
	}
	e.fail(w, r, err)
}

func scanStock(row pgx.CollectableRow) (stock, error) {
	var data string
	var s stock
	if err := row.Scan(&data); err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(data), &s)
}

func (e *Engine) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		e.cfg.Logger.WarnContext(r.Context(), "request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	http.Error(w, "try again later", http.StatusServiceUnavailable)
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a caller that has gone needs no answer
}
