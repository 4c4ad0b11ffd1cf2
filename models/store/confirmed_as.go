package store

import (
	"time"

	"throughline/models"
)

// confirmedAs is what the line l stands confirmed with: the newest answer.
// Several confirmations are parts of one answer when they were given at the
// same moment and do not exceed the order, or when all of the line's together
// make up exactly what was ordered; otherwise the newest takes the place of
// those before. No row where there is no confirmation.
const confirmedAs = `
	SELECT sum(quantity) AS quantity, max(promised_day) AS promised_day, max(confirmed_at) AS confirmed_at,
		array_agg(promised_day ORDER BY promised_day, seq) AS days, array_agg(quantity ORDER BY promised_day, seq) AS quantities
	FROM (SELECT promised_day, quantity, confirmed_at, seq,
			row_number() OVER (ORDER BY confirmed_at DESC, seq DESC) AS age, sum(quantity) OVER () AS total, min(quantity) OVER () AS least,
			max(confirmed_at) OVER () AS newest, sum(quantity) OVER (PARTITION BY confirmed_at) AS answer
		FROM confirmations WHERE number = l.number AND line = l.line) parts
	WHERE age = 1 OR total = l.quantity AND least > 0 OR confirmed_at = newest AND answer <= l.quantity
	HAVING count(*) > 0`

// confirmedParts pairs the days of a confirmation with their quantities.
func confirmedParts(days []time.Time, quantities []string) ([]models.ExpectedReceipt, error) {
	amounts, err := parseDecimals(quantities)
	if err != nil {
		return nil, err
	}
	parts := make([]models.ExpectedReceipt, 0, len(days))
	for i, day := range days {
		if n := len(parts); n > 0 && parts[n-1].Day.Equal(day) {
			parts[n-1].Quantity = parts[n-1].Quantity.Add(amounts[i])
			continue
		}
		parts = append(parts, models.ExpectedReceipt{Day: day, Quantity: amounts[i]})
	}
	return parts, nil
}
