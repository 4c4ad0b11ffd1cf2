package clean_test

import (
	"fmt"
	"strings"
	"testing"

	"throughline/sync/simulator/demodata/clean"
)

func TestVendorsScaleLeadTimesAndDropUnusableLines(t *testing.T) {
	var file strings.Builder
	file.WriteString("Vendor,PO Sent to Vendor Date,Scheduled Delivery Date,Delivered to Client Date\n")
	for day := range 28 { // leads of 0 to 27 days, in both date formats
		fmt.Fprintf(&file, "Acme  Ltd,1/1/10,%d-Jan-10,%d-Jan-10\n", day+1, day+1)
	}
	file.WriteString("Acme Ltd,1/1/10,2-Jan-10,14-Jan-10\n") // 12 days late
	file.WriteString("Acme Ltd,N/A - From RDC,2-Jan-10,14-Jan-10\n")
	file.WriteString("Acme Ltd,1/9/10,2-Jan-10,4-Jan-10\n") // before it was ordered
	file.WriteString("Rare Ltd,1/1/10,2-Jan-10,2-Jan-10\n")

	vendors, report, err := clean.Vendors(strings.NewReader(file.String()), 5)
	if err != nil {
		t.Fatal(err)
	}
	if len(vendors) != 1 || vendors[0].Name != "Acme Ltd" || len(vendors[0].Deliveries) != 29 {
		t.Fatalf("vendors %+v", vendors)
	}
	if report.NoOrderDate != 1 || report.Negative != 1 || report.Late != 1 || report.Kept != 30 {
		t.Errorf("report %+v", report)
	}
	first, last := vendors[0].Deliveries[0], vendors[0].Deliveries[27]
	if first != (clean.Delivery{Lead: 2}) || last != (clean.Delivery{Lead: 15}) {
		t.Errorf("scaled ends %+v and %+v, want 2 and 15", first, last)
	}
	if late := vendors[0].Deliveries[28]; late.Late < 1 || late.Late >= late.Lead {
		t.Errorf("late delivery %+v", late)
	}
}

func TestVendorsNeedAUsableLine(t *testing.T) {
	_, _, err := clean.Vendors(strings.NewReader("Vendor,PO Sent to Vendor Date,Scheduled Delivery Date,Delivered to Client Date\n"), 1)
	if err == nil {
		t.Error("an empty file gave lead times")
	}
}
