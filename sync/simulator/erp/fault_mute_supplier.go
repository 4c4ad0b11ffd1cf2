package erp

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// weekDays is how late a supplier or its goods are when they are broken.
const weekDays = 7

// breakAnswering puts off the answer to an order; one that the tower asked for
// goes first. When no order waits for an answer, the ERP's own buyer places one.
func (e *ERP) breakAnswering(ctx context.Context) (number string, err error) {
	err = e.write(ctx, func(s *session) error {
		err := s.tx.QueryRow(ctx, `
			SELECT a.document FROM agenda a JOIN orders o ON o.number = a.document
			WHERE a.kind = $1 AND o.kind = 'purchase' ORDER BY o.reference = '', a.due DESC LIMIT 1`, string(taskConfirm)).Scan(&number)
		if errors.Is(err, pgx.ErrNoRows) {
			number, err = e.buy(ctx, s, e.randomKey(), s.business, taskConfirm)
		}
		if err != nil {
			return err
		}
		_, err = s.tx.Exec(ctx, "UPDATE agenda SET kind = $1, due = $2 WHERE document = $3 AND kind = $4",
			string(taskConfirmLate), s.business.AddDate(0, 0, weekDays), number, string(taskConfirm))
		return err
	})
	return number, err
}
