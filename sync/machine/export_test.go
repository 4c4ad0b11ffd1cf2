package machine

import "context"

// Look looks once, as the loop does.
func (s *Sampler) Look(ctx context.Context) error {
	_, err := s.runOnce(ctx)
	return err
}
