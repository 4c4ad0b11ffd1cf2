package store

import (
	"context"
	"fmt"

	"throughline/models"
)

// WaitingSuppliers lists the suppliers of the recommendations that wait for a person.
func (o *Overview) WaitingSuppliers(ctx context.Context) ([]models.SupplierName, error) {
	var names []models.SupplierName
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT DISTINCT r.supplier, coalesce(s.name, r.supplier) AS name
		FROM proposals p JOIN recommendations r USING (recommendation) LEFT JOIN suppliers s USING (supplier)
		WHERE p.state = 'waiting' AND r.supplier <> '' ORDER BY name, r.supplier`).Scan(&names).Error
	if err != nil {
		return nil, fmt.Errorf("list the suppliers of what waits: %w", err)
	}
	return names, nil
}
