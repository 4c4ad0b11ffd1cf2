package erp

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// ledgerKept is how many versions of a key the ledger reaches back.
const ledgerKept = 500

// ledgerLine is a change of stock and what stood after it.
type ledgerLine struct {
	key                         key
	after                       balance
	kind, document              string
	onHandDelta, allocatedDelta int64
}

func (s *session) saveLedger(ctx context.Context) error {
	lines := make([][]any, len(s.ledger))
	for i, l := range s.ledger {
		lines[i] = []any{
			l.key.item, l.key.dc, l.after.version, l.kind, l.document,
			l.onHandDelta, l.allocatedDelta, l.after.onHand, l.after.allocated, l.after.asOf,
		}
	}
	_, err := s.tx.CopyFrom(ctx, pgx.Identifier{"simulator", "stock_ledger"},
		[]string{"item", "dc", "version", "kind", "document", "on_hand_delta", "allocated_delta", "on_hand", "allocated", "at"},
		pgx.CopyFromRows(lines))
	if err != nil {
		return fmt.Errorf("write the stock ledger: %w", err)
	}
	return nil
}

// trimLedger drops what lies too far back of an item.
func (s *session) trimLedger(ctx context.Context, item string) error {
	_, err := s.tx.Exec(ctx, `
		DELETE FROM stock_ledger l USING balances b
		WHERE l.item = $1 AND b.item = l.item AND b.dc = l.dc AND l.version <= b.version - $2`, item, ledgerKept)
	if err != nil {
		return fmt.Errorf("trim the stock ledger: %w", err)
	}
	return nil
}

// movementRow is a line of the ledger as the API shows it.
type movementRow struct {
	Version        int64           `json:"version"`
	Kind           string          `json:"kind"`
	Document       string          `json:"document"`
	OnHandDelta    decimal.Decimal `json:"on_hand_delta"`
	AllocatedDelta decimal.Decimal `json:"allocated_delta"`
	OnHand         decimal.Decimal `json:"on_hand"`
	Allocated      decimal.Decimal `json:"allocated"`
	At             time.Time       `json:"at"`
}

func scanMovement(row pgx.CollectableRow) (movementRow, error) {
	var m movementRow
	var onHandDelta, allocatedDelta, onHand, allocated int64
	err := row.Scan(&m.Version, &m.Kind, &m.Document, &onHandDelta, &allocatedDelta, &onHand, &allocated, &m.At)
	m.OnHandDelta, m.AllocatedDelta, m.OnHand, m.Allocated = pieces(onHandDelta), pieces(allocatedDelta), pieces(onHand), pieces(allocated)
	m.At = m.At.UTC()
	return m, err
}

// getMovements reads the ledger of a key after a version, the oldest line first.
func (e *ERP) getMovements(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > maxPage {
		reply(w, http.StatusBadRequest, businessRefusal{"invalid_limit", "limit must be 1 to " + strconv.Itoa(maxPage)})
		return
	}
	found, err := e.cfg.DB.Query(r.Context(), `
		SELECT version, kind, document, on_hand_delta, allocated_delta, on_hand, allocated, at FROM stock_ledger
		WHERE item = $1 AND dc = $2 AND version > $3 ORDER BY version LIMIT $4`, r.PathValue("item"), r.PathValue("dc"), after, limit)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	lines := []movementRow{}
	if lines, err = pgx.AppendRows(lines, found, scanMovement); err != nil {
		e.fail(w, r, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"movements": lines})
}
