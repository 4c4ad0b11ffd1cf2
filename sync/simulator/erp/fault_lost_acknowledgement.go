package erp

import "context"

// breakTransmission loses an order of the ERP's own buyer on its way to the
// supplier, who has it by another way a day later. It answers late, so that no other
// fault takes the order for one that is about to be answered. What was hit is the
// order and its DC.
func (e *ERP) breakTransmission(ctx context.Context) (hit string, err error) {
	err = e.write(ctx, func(s *session) error {
		place := e.randomKey()
		number, err := e.buy(ctx, s, place, s.business, taskConfirmLate)
		if err != nil {
			return err
		}
		hit = number + "/" + place.dc
		if _, err := s.tx.Exec(ctx, "DELETE FROM agenda WHERE document = $1 AND kind = $2", number, string(taskAcknowledge)); err != nil {
			return err
		}
		_, err = s.tx.Exec(ctx, "UPDATE agenda SET due = $1 WHERE document = $2 AND kind = $3", s.business.AddDate(0, 0, 1), number, string(taskConfirmLate))
		return err
	})
	return hit, err
}
