package erp

import (
	"context"
	"time"

	"throughline/models"
)

// negativeFor is how long a wrong sign stands, in business time.
const negativeFor = 48 * time.Hour

// breakSign tells a balance with its sign turned, where nothing will sell or be
// counted soon, and the right one two business days later.
func (e *ERP) breakSign(ctx context.Context) (string, error) {
	var hit key
	err := e.write(ctx, func(s *session) error {
		var found bool
		if hit, found = e.quietKey(s, quietFor); !found {
			return models.Errorf(models.CodeConflict, "every item that has stock will sell soon: try again in a business day")
		}
		wrong := s.change(hit, "balance", 0, 0, "")
		wrong.onHand, wrong.allocated = -wrong.onHand, 0
		s.announce(models.TypeBalance, hit.subject(), hit, balanceFact(hit, wrong))
		return s.schedule(ctx, task{due: s.business.Add(negativeFor), kind: taskRecount, key: hit})
	})
	return hit.subject(), err
}
