package clean

import "hash/fnv"

// Continent is the DC that serves customers outside the United Kingdom.
const Continent = "DC-RTM"

// home shares the customers of the United Kingdom out to five DCs, in
// percent.
var home = []struct {
	dc    string
	share uint32
}{
	{"DC-LON", 32}, {"DC-BHM", 24}, {"DC-MAN", 20}, {"DC-BRS", 14}, {"DC-GLA", 10},
}

// DC is the distribution centre a sale ships from: fixed for each customer, by
// a hash of the customer number. A sale without customer is one order from one
// DC, by a hash of the invoice number.
func DC(sale Sale) string {
	if sale.Country != "United Kingdom" {
		return Continent
	}
	who := sale.Customer
	if who == "" {
		who = sale.Invoice
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(who)) // a hash never fails to write
	slot := h.Sum32() % 100
	for _, site := range home {
		if slot < site.share {
			return site.dc
		}
		slot -= site.share
	}
	panic("clean: shares of the DCs do not add up to 100")
}
