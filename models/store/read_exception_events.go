package store

import (
	"context"
	"fmt"

	"throughline/models"
)

// Events lists the unsettled events that an exception is about, oldest first,
// at most a thousand.
func (s *Exceptions) Events(ctx context.Context, e models.Exception) ([]int64, error) {
	var seqs []int64
	err := s.db.Gorm.WithContext(ctx).Raw(`
		SELECT seq FROM unsettled_events
		WHERE CASE WHEN @fingerprint = '' THEN seq = @seq ELSE fingerprint::text = @fingerprint END
		ORDER BY seq LIMIT @limit`,
		map[string]any{"fingerprint": e.Subject.Fingerprint, "seq": e.Subject.EventSeq, "limit": models.AtOnce + 1}).Scan(&seqs).Error
	if err != nil {
		return nil, fmt.Errorf("list the events of exception %d: %w", e.ID, err)
	}
	return seqs, nil
}

// OrderLines lists the line numbers of an order that hold an item; all lines
// when the item is empty.
func (o *Overview) OrderLines(ctx context.Context, number, item string) ([]int, error) {
	var lines []int
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT line FROM order_lines WHERE number = @number AND (@item = '' OR item = @item) ORDER BY line`,
		map[string]any{"number": number, "item": item}).Scan(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("list the lines of order %s: %w", number, err)
	}
	if len(lines) == 0 {
		return nil, models.Errorf(models.CodeNotFound, "There is no order %s with item %s.", number, item)
	}
	return lines, nil
}
