package store

import (
	"context"
	"fmt"

	"throughline/models"
)

// Lists holds how accounts arrange the lists of their pages. A list is named by
// the path of its page. It is safe for concurrent use.
type Lists struct{ db *DB }

// NewLists works on db.
func NewLists(db *DB) *Lists { return &Lists{db: db} }

// Hidden are the columns of a list that an account does not want to see.
func (l *Lists) Hidden(ctx context.Context, account, list string) (models.ColumnNames, error) {
	var hidden string
	err := l.db.Gorm.WithContext(ctx).Raw(`SELECT columns FROM hidden_columns WHERE account = ? AND list = ?`, account, list).Scan(&hidden).Error
	if err != nil {
		return "", fmt.Errorf("read the hidden columns of %s: %w", list, err)
	}
	return models.ColumnNames(hidden), nil
}

// Hide remembers which columns of a list an account does not want to see. It
// changes how one account reads and nothing that others do, so no audit row tells it.
func (l *Lists) Hide(ctx context.Context, account, list string, columns models.ColumnNames) error {
	db := l.db.Gorm.WithContext(ctx)
	var err error
	if columns == "" {
		err = db.Exec(`DELETE FROM hidden_columns WHERE account = ? AND list = ?`, account, list).Error
	} else {
		err = db.Exec(`
			INSERT INTO hidden_columns (account, list, columns) VALUES (?, ?, ?)
			ON CONFLICT (account, list) DO UPDATE SET columns = excluded.columns`, account, list, string(columns)).Error
	}
	if err != nil {
		return fmt.Errorf("hide columns of %s: %w", list, err)
	}
	return nil
}
