package erp

import (
	"context"
	"time"

	"throughline/models"
)

// SetAsideFor is for how long at least, in real time, no sale and no count tells
// anew of a balance that was told under a used version: its difference has to
// stay until its age is an exception.
const SetAsideFor = 5 * time.Minute

// breakVersion takes stock away where nothing will sell for some days, and tells
// it under the version that the figure before it had. That one is told once more
// first: where a movement was the last word, the tower would rightly take any
// balance of its version for the sum of what came before.
func (e *ERP) breakVersion(ctx context.Context) (string, error) {
	var hit key
	err := e.write(ctx, func(s *session) error {
		var found bool
		if hit, found = e.quietKey(s, SetAsideFor); !found {
			return models.Errorf(models.CodeConflict, "every item that has stock will sell soon: try again in a business day")
		}
		before := s.balance(hit)
		s.announce(models.TypeBalance, hit.subject(), hit, balanceFact(hit, before))
		told := s.change(hit, "sale", -before.available()/2, 0, "")
		told.version = before.version
		s.announce(models.TypeBalance, hit.subject(), hit, balanceFact(hit, told))
		return nil
	})
	return hit.subject(), err
}
