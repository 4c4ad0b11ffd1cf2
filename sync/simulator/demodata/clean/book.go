package clean

// book keeps the sales in order and lets a cancellation find the ones it
// takes back.
type book struct {
	sales []Sale
	by    map[buyer][]int
}

type buyer struct{ customer, code string }

func newBook() *book { return &book{by: make(map[buyer][]int)} }

func (b *book) add(sale Sale) {
	key := buyer{sale.Customer, sale.Code}
	b.by[key] = append(b.by[key], len(b.sales))
	b.sales = append(b.sales, sale)
}

// cancel takes the pieces of a cancellation from the same customer's latest
// sales of that article and returns how many it found. An unknown customer
// cancels nothing: any sale could be meant.
func (b *book) cancel(c Sale) int {
	if c.Customer == "" {
		return 0
	}
	open := -c.Quantity
	sold := b.by[buyer{c.Customer, c.Code}]
	for i := len(sold) - 1; i >= 0 && open > 0; i-- {
		sale := &b.sales[sold[i]]
		taken := min(open, sale.Quantity)
		sale.Quantity -= taken
		open -= taken
	}
	return -c.Quantity - open
}

// remaining returns the sales of which something is left.
func (b *book) remaining(report *Report) []Sale {
	kept := make([]Sale, 0, len(b.sales))
	for _, sale := range b.sales {
		if sale.Quantity == 0 {
			report.SalesFullyCancelled++
			continue
		}
		kept = append(kept, sale)
	}
	return kept
}
