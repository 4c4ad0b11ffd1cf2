package models

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// StockLine is one line of a stock ledger, ours or an owner's: what changed and
// what stood after it. RecordedAt is when we took it in, zero in an owner's.
type StockLine struct {
	Version        int64           `json:"version"`
	Kind           string          `json:"kind"` // balance, or the kind of a movement
	Document       string          `json:"document"`
	OnHandDelta    decimal.Decimal `json:"on_hand_delta"`
	AllocatedDelta decimal.Decimal `json:"allocated_delta"`
	OnHand         decimal.Decimal `json:"on_hand"`
	Allocated      decimal.Decimal `json:"allocated"`
	At             time.Time       `json:"at"`
	RecordedAt     time.Time       `json:"-"`

	lines int // of a document, when lines were added up
}

// String names the line in words: "receipt PO-7 (+24)".
func (l StockLine) String() string {
	text := l.Kind
	if l.Document != "" {
		text += " " + l.Document
	}
	if l.OnHandDelta.IsZero() && !l.AllocatedDelta.IsZero() {
		return fmt.Sprintf("%s (%s allocated)", text, signed(l.AllocatedDelta))
	}
	return fmt.Sprintf("%s (%s)", text, signed(l.OnHandDelta))
}

func (l StockLine) does(extra StockFigure) bool {
	return l.OnHandDelta.Equal(extra.OnHand) && l.AllocatedDelta.Equal(extra.Allocated)
}

func (l StockLine) after() StockFigure {
	return StockFigure{OnHand: l.OnHand, Allocated: l.Allocated, Version: l.Version}
}
