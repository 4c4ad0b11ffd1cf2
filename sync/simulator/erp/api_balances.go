package erp

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

const maxPage = 1000

// balanceRow is a balance as the API shows it.
type balanceRow struct {
	Item      string          `json:"item"`
	DC        string          `json:"dc"`
	OnHand    decimal.Decimal `json:"on_hand"`
	Allocated decimal.Decimal `json:"allocated"`
	Unit      string          `json:"unit"`
	Version   int64           `json:"version"`
	AsOf      time.Time       `json:"as_of"`
}

func scanBalance(row pgx.Row) (balanceRow, error) {
	b := balanceRow{Unit: unit}
	var onHand, allocated int64
	err := row.Scan(&b.Item, &b.DC, &onHand, &allocated, &b.Version, &b.AsOf)
	b.OnHand, b.Allocated, b.AsOf = pieces(onHand), pieces(allocated), b.AsOf.UTC()
	return b, err
}

// getBalances pages through all balances by (item, dc), or those that changed since
// a time or are at a DC; the cursor is the last row's "item|dc".
func (e *ERP) getBalances(w http.ResponseWriter, r *http.Request) {
	limit := 500
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			reply(w, http.StatusBadRequest, businessRefusal{"invalid_limit", "limit must be 1 to " + strconv.Itoa(maxPage)})
			return
		}
		limit = n
	}
	var since time.Time
	if text := r.URL.Query().Get("changed_since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339Nano, text); err != nil {
			reply(w, http.StatusBadRequest, businessRefusal{"invalid_time", "changed_since must be an RFC 3339 time"})
			return
		}
	}
	item, dc, _ := strings.Cut(r.URL.Query().Get("after"), "|")
	found, err := e.cfg.DB.Query(r.Context(), `
		SELECT item, dc, on_hand, allocated, version, as_of FROM balances
		WHERE (item, dc) > ($1, $2) AND as_of >= $4 AND $5 IN ('', dc) ORDER BY item, dc LIMIT $3`, item, dc, limit, since, r.URL.Query().Get("dc"))
	if err != nil {
		e.fail(w, r, err)
		return
	}
	rows, err := pgx.CollectRows(found, func(row pgx.CollectableRow) (balanceRow, error) { return scanBalance(row) })
	if err != nil {
		e.fail(w, r, err)
		return
	}
	page := struct {
		Rows []balanceRow `json:"rows"`
		Next string       `json:"next"`
	}{Rows: rows}
	if len(rows) == limit {
		last := rows[limit-1]
		page.Next = last.Item + "|" + last.DC
	}
	if page.Rows == nil {
		page.Rows = []balanceRow{}
	}
	reply(w, http.StatusOK, page)
}

func (e *ERP) getBalance(w http.ResponseWriter, r *http.Request) {
	row, err := scanBalance(e.cfg.DB.QueryRow(r.Context(), `
		SELECT item, dc, on_hand, allocated, version, as_of FROM balances
		WHERE item = $1 AND dc = $2`, r.PathValue("item"), r.PathValue("dc")))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		reply(w, http.StatusNotFound, businessRefusal{"unknown_balance", "there is no such item at this DC"})
	case err != nil:
		e.fail(w, r, err)
	default:
		reply(w, http.StatusOK, row)
	}
}
