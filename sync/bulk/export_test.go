package bulk

import "context"

// RunOnce is one round of the service.
func (s *Service) RunOnce(ctx context.Context) (bool, error) { return s.runOnce(ctx) }
