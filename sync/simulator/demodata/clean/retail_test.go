package clean_test

import (
	"strings"
	"testing"

	"throughline/sync/simulator/demodata/clean"
)

const header = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"

func retail(t *testing.T, lines ...string) ([]clean.Sale, clean.Report) {
	t.Helper()
	sales, report, err := clean.Retail(strings.NewReader(header + strings.Join(lines, "\n") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return sales, report
}

func TestRetailDropsWhatIsNoSale(t *testing.T) {
	const sale = "536365,85123A,T-LIGHT,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"
	for name, test := range map[string]struct {
		line  string
		count func(clean.Report) int
	}{
		"exact copy":   {sale, func(r clean.Report) int { return r.Duplicates }},
		"postage":      {"536370,POST,POSTAGE,3,2010-12-01 08:45:00,18,12583,France", func(r clean.Report) int { return r.NonProduct }},
		"bank charges": {"536371,BANK CHARGES,,1,2010-12-01 08:45:00,15,,United Kingdom", func(r clean.Report) int { return r.NonProduct }},
		"voucher":      {"536372,gift_0001_20,Voucher,1,2010-12-01 08:45:00,16.67,,United Kingdom", func(r clean.Report) int { return r.NonProduct }},
		"write-off":    {"536373,85123A,damaged,-40,2010-12-01 08:45:00,0,,United Kingdom", func(r clean.Report) int { return r.WriteOffs }},
		"price zero":   {"536374,85123A,found,40,2010-12-01 08:45:00,0.0,,United Kingdom", func(r clean.Report) int { return r.ZeroPrice }},
		"cancelled":    {"C536375,71053,LANTERN,-1,2010-12-01 08:45:00,3.39,17850,United Kingdom", func(r clean.Report) int { return r.Cancellations }},
	} {
		t.Run(name, func(t *testing.T) {
			sales, report := retail(t, sale, test.line)
			if len(sales) != 1 || report.Kept != 1 || report.Read != 2 {
				t.Fatalf("kept %d sales, report %+v", len(sales), report)
			}
			if test.count(report) != 1 {
				t.Errorf("not counted: %+v", report)
			}
		})
	}
}

func TestRetailJoinsCodesThatDifferInCaseOnly(t *testing.T) {
	sales, report := retail(t,
		"1,85123A,T-LIGHT,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
		"2,85123a,T-LIGHT,6,2010-12-01 08:27:00,2.55,17850,United Kingdom")
	if sales[0].Code != sales[1].Code || report.CaseVariants != 1 {
		t.Errorf("codes %q %q, report %+v", sales[0].Code, sales[1].Code, report)
	}
}

func TestCancellationTakesFromTheSameCustomersLatestSales(t *testing.T) {
	sales, report := retail(t,
		"1,23843,PAPER CRAFT,5,2011-12-01 09:00:00,2.08,16446,United Kingdom",
		"2,23843,PAPER CRAFT,80995,2011-12-09 09:15:00,2.08,16446,United Kingdom",
		"3,23843,PAPER CRAFT,7,2011-12-09 09:16:00,2.08,99999,United Kingdom",
		"C4,23843,PAPER CRAFT,-80997,2011-12-09 09:27:00,2.08,16446,United Kingdom")
	if len(sales) != 2 || sales[0].Quantity != 3 || sales[1].Quantity != 7 {
		t.Fatalf("remaining sales %+v", sales)
	}
	if report.CancelledPieces != 80997 || report.SalesFullyCancelled != 1 || report.UnmatchedPieces != 0 {
		t.Errorf("report %+v", report)
	}
}

func TestCancellationWithoutCustomerTakesNothing(t *testing.T) {
	sales, report := retail(t,
		"1,23843,PAPER CRAFT,5,2011-12-01 09:00:00,2.08,,United Kingdom",
		"C2,23843,PAPER CRAFT,-5,2011-12-09 09:27:00,2.08,,United Kingdom")
	if len(sales) != 1 || report.UnmatchedPieces != 5 {
		t.Errorf("sales %+v, report %+v", sales, report)
	}
}

func TestRetailNamesTheLineItCannotRead(t *testing.T) {
	_, _, err := clean.Retail(strings.NewReader(header + "1,85123A,X,six,2010-12-01 08:26:00,2.55,1,United Kingdom\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2: quantity") {
		t.Errorf("error %v", err)
	}
}

func TestArticlesTakeTheMostFrequentDescriptionAndTheMedianPrice(t *testing.T) {
	sales, _ := retail(t,
		"1,85123A,WHITE  LIGHT,6,2010-12-01 08:26:00,2.55,1,United Kingdom",
		"2,85123A,wrong,6,2010-12-02 08:26:00,9.99,1,United Kingdom",
		"3,85123A,WHITE LIGHT,1,2010-12-02 09:26:00,2.95,1,United Kingdom")
	got := clean.Articles(sales)[0]
	if got.Description != "WHITE LIGHT" || got.Price.String() != "2.95" || got.Pack != 6 || got.SaleDays != 2 {
		t.Errorf("article %+v", got)
	}
}

func TestDCIsFixedForACustomer(t *testing.T) {
	seen := make(map[string]bool)
	for _, customer := range []string{"12346", "12747", "12748", "12749", "12820", "12821", "12822", "12823", "17850", "13047"} {
		first := clean.DC(clean.Sale{Invoice: "1", Customer: customer, Country: "United Kingdom"})
		second := clean.DC(clean.Sale{Invoice: "2", Customer: customer, Country: "United Kingdom"})
		if first != second {
			t.Errorf("customer %s ships from %s and %s", customer, first, second)
		}
		seen[first] = true
	}
	if len(seen) < 3 {
		t.Errorf("ten customers share %d DCs", len(seen))
	}
	if dc := clean.DC(clean.Sale{Customer: "12583", Country: "France"}); dc != clean.Continent {
		t.Errorf("a customer in France ships from %s", dc)
	}
}
