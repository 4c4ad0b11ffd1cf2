// Package stockapi serves the stock that a simulated system holds, so that it can be
// compared with the owner's.
package stockapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

const maxPage = 1000

// Row is the stock of an item at a DC.
type Row struct {
	Item      string          `json:"item"`
	DC        string          `json:"dc"`
	OnHand    decimal.Decimal `json:"on_hand"`
	Allocated decimal.Decimal `json:"allocated"`
	Version   int64           `json:"version"`
	AsOf      time.Time       `json:"as_of"`
}

// ErrUnknown is a Holder's answer for an item at a DC of which it holds nothing.
var ErrUnknown = errors.New("no stock is known of this item at this DC")

// Holder is a system that holds stock. It is called concurrently.
type Holder interface {
	// HeldAfter reads at most limit rows after a key, "item|dc", in an order of the keys.
	HeldAfter(ctx context.Context, key string, limit int) ([]Row, error)
	// Held reads one row, or ErrUnknown.
	Held(ctx context.Context, item, dc string) (Row, error)
}

// page is a part of what is held; an empty Next ends it.
type page struct {
	Rows []Row  `json:"rows"`
	Next string `json:"next"`
}

// Serve answers GET path, page by page, and GET path/{item}/{dc}. The cursor of a page
// is the key of its last row.
func Serve(mux *http.ServeMux, path string, holder Holder, logger *slog.Logger) {
	a := api{holder, logger}
	mux.HandleFunc("GET "+path, a.list)
	mux.HandleFunc("GET "+path+"/{item}/{dc}", a.one)
}

type api struct {
	holder Holder
	logger *slog.Logger
}

func (a api) list(w http.ResponseWriter, r *http.Request) {
	limit := maxPage
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			http.Error(w, "limit must be 1 to "+strconv.Itoa(maxPage), http.StatusBadRequest)
			return
		}
		limit = n
	}
	rows, err := a.holder.HeldAfter(r.Context(), r.URL.Query().Get("after"), limit)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p := page{Rows: append([]Row{}, rows...)}
	if len(rows) == limit {
		p.Next = rows[limit-1].Item + "|" + rows[limit-1].DC
	}
	reply(w, p)
}

func (a api) one(w http.ResponseWriter, r *http.Request) {
	row, err := a.holder.Held(r.Context(), r.PathValue("item"), r.PathValue("dc"))
	switch {
	case err == nil:
		reply(w, row)
	case errors.Is(err, ErrUnknown):
		http.Error(w, err.Error(), http.StatusNotFound)
	default:
		a.fail(w, r, err)
	}
}

func (a api) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		a.logger.WarnContext(r.Context(), "request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	http.Error(w, "try again later", http.StatusServiceUnavailable)
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a caller that has gone needs no answer
}
