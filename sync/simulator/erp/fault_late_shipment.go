package erp

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// breakArrival puts off the arrival of the shipment that is due next.
func (e *ERP) breakArrival(ctx context.Context) (number string, err error) {
	err = e.write(ctx, func(s *session) error {
		err := s.tx.QueryRow(ctx, `
			UPDATE agenda SET kind = $1, due = due + $2 * interval '1 day'
			WHERE id = (SELECT id FROM agenda WHERE kind = $3 ORDER BY due, id LIMIT 1)
			RETURNING document`, string(taskReceiveLate), weekDays, string(taskReceive)).Scan(&number)
		if errors.Is(err, pgx.ErrNoRows) {
			return models.Errorf(models.CodeConflict, "no goods are on their way: try again when a supplier has sent some")
		}
		return err
	})
	return number, err
}
