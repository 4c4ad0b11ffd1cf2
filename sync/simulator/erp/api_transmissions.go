package erp

import (
	"context"
	"net/http"
	"time"

	"throughline/models"
)

// postTransmission sends an order to its supplier once more, unless it went after the
// time that the request names, and says when it went last.
func (e *ERP) postTransmission(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		UnlessAfter time.Time `json:"unless_after"`
	}
	if !decode(w, r, &asked) {
		return
	}
	var at time.Time
	err := e.write(r.Context(), func(s *session) (err error) {
		at, err = transmitAgain(r.Context(), s, r.PathValue("number"), asked.UnlessAfter)
		return err
	})
	if err != nil {
		e.fail(w, r, err)
		return
	}
	reply(w, http.StatusOK, map[string]time.Time{"transmitted_at": at.UTC()})
}

// transmitAgain sends an order on its way; the supplier's system acknowledges it within
// minutes, also where it lost the order before.
func transmitAgain(ctx context.Context, s *session, number string, unlessAfter time.Time) (time.Time, error) {
	orders, err := loadOrders(ctx, s.tx, []string{number})
	if err != nil {
		return time.Time{}, err
	}
	o := orders[number]
	switch {
	case o == nil:
		return time.Time{}, refuse("unknown_order", "there is no order %s", number)
	case o.transmitted == nil:
		return time.Time{}, refuse("not_transmitted", "%s goes to no supplier", number)
	case o.acknowledged != nil:
		return time.Time{}, refuse("acknowledged", "%s was acknowledged at %s", number, models.Instant(*o.acknowledged))
	case o.transmitted.After(unlessAfter):
		return *o.transmitted, nil
	}
	o.transmitted = &s.now
	s.announceOrder(o)
	if err := s.saveOrders(ctx, orders); err != nil {
		return time.Time{}, err
	}
	if _, err := s.tx.Exec(ctx, "DELETE FROM agenda WHERE document = $1 AND kind = $2", number, string(taskAcknowledge)); err != nil {
		return time.Time{}, err
	}
	return s.now, s.schedule(ctx, acknowledgement(o, s.business))
}
