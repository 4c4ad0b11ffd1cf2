package catchup

import "context"

// RunOnce is one round of the service.
func (s *Service) RunOnce(ctx context.Context) error {
	_, err := s.runOnce(ctx)
	return err
}
