package erp

import "context"

// breakDouble places one order twice. It names both.
func (e *ERP) breakDouble(ctx context.Context) (string, error) {
	var first, second string
	err := e.write(ctx, func(s *session) (err error) {
		k := e.randomKey()
		if first, err = e.buy(ctx, s, k, s.business, taskConfirm); err != nil {
			return err
		}
		second, err = e.buy(ctx, s, k, s.business, taskConfirm)
		return err
	})
	return first + " " + second, err
}
