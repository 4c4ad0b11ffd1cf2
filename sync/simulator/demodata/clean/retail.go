// Package clean turns the raw public data sets into sales, items and vendor
// lead times that can be trusted. It is used when the extract is made, not
// when the demo runs.
package clean

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Sale is one invoice line that was really sold. Quantity is in pieces and
// positive; Price is per piece in pounds sterling and positive; Customer is
// empty where the shop did not know who bought.
type Sale struct {
	Invoice, Code, Description, Customer, Country string

	Quantity int
	Price    decimal.Decimal
	At       time.Time
}

// productCode is what the shop's real articles look like; everything else is
// postage, a fee, a voucher or a manual entry.
var productCode = regexp.MustCompile(`^[0-9]{5}[A-Z]{0,2}$`)

// IsProduct reports whether a normalised stock code names an article.
func IsProduct(code string) bool { return productCode.MatchString(code) }

const (
	colInvoice = iota
	colCode
	colDescription
	colQuantity
	colDate
	colPrice
	colCustomer
	colCountry
	retailColumns
)

// Retail reads the Online Retail file (CSV with a header, in the order of
// invoice time) and returns its sales in that order, with what was removed.
// It fails on the first line that does not have the file's shape.
func Retail(r io.Reader) ([]Sale, Report, error) {
	lines := csv.NewReader(r)
	lines.ReuseRecord = true
	lines.FieldsPerRecord = retailColumns
	if _, err := lines.Read(); err != nil {
		return nil, Report{}, fmt.Errorf("header: %w", err)
	}
	var (
		report Report
		book   = newBook()
		seen   = make(map[string]struct{})
	)
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, report, err
		}
		report.Read++
		if isCopy(seen, record) {
			report.Duplicates++
			continue
		}
		sale, err := parseSale(record)
		if err != nil {
			return nil, report, fmt.Errorf("line %d: %w", report.Read+1, err)
		}
		if sale.Code != strings.TrimSpace(record[colCode]) {
			report.CaseVariants++
		}
		report.admit(book, sale)
	}
	sales := book.remaining(&report)
	report.Kept = len(sales)
	return sales, report, nil
}

// admit files one line: a sale goes into the book, a cancellation takes from
// it, and everything else is counted and dropped.
func (r *Report) admit(book *book, sale Sale) {
	switch cancelled := strings.HasPrefix(sale.Invoice, "C"); {
	case !IsProduct(sale.Code):
		r.NonProduct++
	case cancelled:
		r.Cancellations++
		taken := book.cancel(sale)
		r.CancelledPieces += taken
		r.UnmatchedPieces += -sale.Quantity - taken
	case sale.Quantity <= 0:
		r.WriteOffs++
	case !sale.Price.IsPositive():
		r.ZeroPrice++
	default:
		book.add(sale)
	}
}

func isCopy(seen map[string]struct{}, record []string) bool {
	key := strings.Join(record, "\x1f")
	if _, ok := seen[key]; ok {
		return true
	}
	seen[key] = struct{}{}
	return false
}

func parseSale(record []string) (Sale, error) {
	quantity, err := strconv.Atoi(record[colQuantity])
	if err != nil {
		return Sale{}, fmt.Errorf("quantity: %w", err)
	}
	price, err := decimal.NewFromString(record[colPrice])
	if err != nil {
		return Sale{}, fmt.Errorf("price: %w", err)
	}
	at, err := time.Parse(time.DateTime, record[colDate])
	if err != nil {
		return Sale{}, fmt.Errorf("date: %w", err)
	}
	return Sale{
		Invoice:     strings.Clone(record[colInvoice]),
		Code:        strings.ToUpper(strings.TrimSpace(record[colCode])),
		Description: strings.Join(strings.Fields(record[colDescription]), " "),
		Customer:    strings.Clone(record[colCustomer]),
		Country:     strings.Clone(record[colCountry]),
		Quantity:    quantity,
		Price:       price,
		At:          at,
	}, nil
}
