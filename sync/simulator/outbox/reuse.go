package outbox

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// Reuse sends the id of the newest sent balance once more with another stock
// figure, as a system does that numbers its events anew after a restore. It
// returns the id.
func (s *Sender) Reuse() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range slices.Backward(s.sent) {
		id := s.eventID(r)
		if r.eventType != string(models.TypeBalance) || r.refused || s.reused[id] {
			continue
		}
		var fact models.InventoryBalance
		if err := json.Unmarshal([]byte(r.data), &fact); err != nil {
			continue // it was malformed on purpose
		}
		fact.OnHand = fact.OnHand.Add(decimal.NewFromInt(1))
		data, err := json.Marshal(fact)
		if err != nil {
			return "", fmt.Errorf("write a balance: %w", err)
		}
		r.data = string(data)
		s.resend = append(s.resend, r)
		s.reused[id] = true
		return id, nil
	}
	return "", nothingSent()
}

func nothingSent() error {
	return models.Errorf(models.CodeConflict, "no balance was sent a moment ago: try again when one was")
}
