package erp

import (
	"strings"

	"throughline/sync/simulator/chance"
)

const (
	countedPercent = 1 // of the shipments, after which the shelf is counted and differs
	mostMiscounted = 3 // pieces
)

// countShelf adjusts stock, now and then, to what was found on the shelf when
// a sales order left. What is promised to others is always found.
func (s *session) countShelf(t task) {
	if chance.Percent(t.document, t.key.item, "count") >= countedPercent {
		return
	}
	found := int64(chance.Between(1, mostMiscounted, t.document, t.key.item, "found"))
	if chance.Percent(t.document, t.key.item, "short") < 50 && s.balance(t.key).available() >= found {
		found = -found
	}
	s.move(t.key, "adjustment", found, 0, "CNT-"+strings.TrimPrefix(t.document, "SO-"))
}
