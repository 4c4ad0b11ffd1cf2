package clean

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// Delivery is one purchase-order line's time, in business days of the demo:
// Lead from order to delivery, Late of those beyond the promised date.
type Delivery struct{ Lead, Late int }

// Vendor is a supplier of the delivery history with its scaled deliveries.
type Vendor struct {
	Name       string
	Deliveries []Delivery
}

// VendorReport counts what became of the lines of the delivery history. Low
// and High are the calendar days that were scaled to the shortest and the
// longest lead time; Shortest and Longest are the extremes of the file.
type VendorReport struct {
	Read, NoOrderDate, Negative, Kept int
	Late                              int
	Low, High, Shortest, Longest      int
}

const (
	minLead = 2  // business days
	maxLead = 15 // business days
)

// rawDelivery is in calendar days as published.
type rawDelivery struct {
	vendor     string
	lead, late int
}

// Vendors reads the SCMS delivery history and returns its vendors with at
// least minLines usable lines, most lines first. Lead times between the 5th
// and the 95th percentile are scaled linearly to 2 to 15 business days, those
// beyond are clamped; lateness is scaled by the same factor and stays at least
// one day.
func Vendors(r io.Reader, minLines int) ([]Vendor, VendorReport, error) {
	raw, report, err := readDeliveries(r)
	if err != nil {
		return nil, report, err
	}
	leads := make([]int, len(raw))
	for i, d := range raw {
		leads[i] = d.lead
	}
	slices.Sort(leads)
	report.Shortest, report.Longest = leads[0], leads[len(leads)-1]
	report.Low, report.High = leads[len(leads)*5/100], leads[len(leads)*95/100]
	factor := float64(maxLead-minLead) / float64(report.High-report.Low)

	byName := make(map[string][]Delivery)
	for _, d := range raw {
		byName[d.vendor] = append(byName[d.vendor], d.scale(report.Low, factor))
	}
	var vendors []Vendor
	for name, deliveries := range byName {
		if len(deliveries) >= minLines {
			vendors = append(vendors, Vendor{Name: name, Deliveries: deliveries})
		}
	}
	slices.SortFunc(vendors, func(a, b Vendor) int {
		return cmp.Or(cmp.Compare(len(b.Deliveries), len(a.Deliveries)), cmp.Compare(a.Name, b.Name))
	})
	return vendors, report, nil
}

func (d rawDelivery) scale(low int, factor float64) Delivery {
	lead := minLead + int(math.Round(float64(d.lead-low)*factor))
	lead = min(max(lead, minLead), maxLead)
	if d.late <= 0 {
		return Delivery{Lead: lead}
	}
	late := max(1, int(math.Round(float64(d.late)*factor)))
	// A promise lies at least one day after the order.
	return Delivery{Lead: lead, Late: min(late, lead-1)}
}

func readDeliveries(r io.Reader) ([]rawDelivery, VendorReport, error) {
	var report VendorReport
	lines := csv.NewReader(r)
	header, err := lines.Read()
	if err != nil {
		return nil, report, fmt.Errorf("header: %w", err)
	}
	column := make(map[string]int, len(header))
	for i, name := range header {
		column[name] = i
	}
	var raw []rawDelivery
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, report, err
		}
		report.Read++
		field := func(name string) string { return record[column[name]] }
		if delivery, ok := parseDelivery(field, &report); ok {
			raw = append(raw, delivery)
		}
	}
	if len(raw) == 0 {
		return nil, report, errors.New("no line has both an order and a delivery date")
	}
	report.Kept = len(raw)
	return raw, report, nil
}

func parseDelivery(field func(string) string, report *VendorReport) (rawDelivery, bool) {
	sent, okSent := parseDay(field("PO Sent to Vendor Date"))
	due, okDue := parseDay(field("Scheduled Delivery Date"))
	delivered, okDelivered := parseDay(field("Delivered to Client Date"))
	if !okSent || !okDue || !okDelivered {
		report.NoOrderDate++
		return rawDelivery{}, false
	}
	d := rawDelivery{
		vendor: strings.Join(strings.Fields(field("Vendor")), " "),
		lead:   int(delivered.Sub(sent).Hours() / 24),
		late:   int(delivered.Sub(due).Hours() / 24),
	}
	if d.lead < 0 {
		report.Negative++
		return rawDelivery{}, false
	}
	if d.late > 0 {
		report.Late++
	}
	return d, true
}

// parseDay reads the two date formats that the file mixes; sentences such as
// "Date Not Captured" are no dates.
func parseDay(text string) (time.Time, bool) {
	for _, layout := range []string{"2-Jan-06", "1/2/06"} {
		if day, err := time.Parse(layout, text); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}
