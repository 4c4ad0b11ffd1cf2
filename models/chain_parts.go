package models

import "github.com/shopspring/decimal"

// ChainParts are the quantities into which a node went on, or from which it
// came together, with their sum against its own quantity.
type ChainParts struct {
	Stage ChainStage // of the parts
	Parts []decimal.Decimal
	Sum   decimal.Decimal
	Of    decimal.Decimal
}

// Open is what has not gone on yet, 0 if nothing.
func (p ChainParts) Open() decimal.Decimal { return decimal.Max(p.Of.Sub(p.Sum), decimal.Zero) }

// Over is by how much the parts exceed the whole, 0 if they do not.
func (p ChainParts) Over() decimal.Decimal { return decimal.Max(p.Sum.Sub(p.Of), decimal.Zero) }

// Phased tells that several confirmations of one line are parts of it: together
// they are no more than was ordered. More than that, each replaces the one before.
func Phased(confirmed []decimal.Decimal, ordered decimal.Decimal) bool {
	sum := decimal.Zero
	for _, q := range confirmed {
		sum = sum.Add(q)
	}
	return len(confirmed) > 1 && sum.LessThanOrEqual(ordered)
}

// Onward is how a node's quantity went on; nil when it went on whole or not at all.
func (c Chain) Onward(n ChainNode) *ChainParts {
	return c.parts(n, func(l ChainLink) (string, bool) { return l.To, l.From == n.ID }, 1)
}

// Sources is what a node came together from; nil unless there are several.
func (c Chain) Sources(n ChainNode) *ChainParts {
	return c.parts(n, func(l ChainLink) (string, bool) { return l.From, l.To == n.ID }, 2)
}

// parts adds up the links of a node that have a quantity. Fewer than several is
// only worth telling when something is missing or too much.
func (c Chain) parts(n ChainNode, other func(ChainLink) (string, bool), least int) *ChainParts {
	if n.Quantity == nil || n.Gap {
		return nil
	}
	p := ChainParts{Of: *n.Quantity}
	for _, l := range c.Links {
		id, mine := other(l)
		if !mine || l.Quantity == nil {
			continue
		}
		for _, node := range c.Nodes {
			if node.ID == id && !node.Gap {
				p.Stage, p.Parts, p.Sum = node.Stage, append(p.Parts, *l.Quantity), p.Sum.Add(*l.Quantity)
			}
		}
	}
	if len(p.Parts) < least || len(p.Parts) == 1 && p.Sum.Equal(p.Of) {
		return nil
	}
	return &p
}
