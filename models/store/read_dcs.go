package store

import (
	"context"
	"fmt"
)

// DCNames lists the distribution centers by their code.
func (o *Overview) DCNames(ctx context.Context) ([]string, error) {
	var names []string
	if err := o.db.Gorm.WithContext(ctx).Raw(`SELECT dc FROM locations ORDER BY dc`).Scan(&names).Error; err != nil {
		return nil, fmt.Errorf("list the DCs: %w", err)
	}
	return names, nil
}
