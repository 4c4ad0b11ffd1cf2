package clean

// Report counts what each cleaning rule did to the invoice lines. Read is the
// number of lines in the file; Kept is the number of sales that remain.
type Report struct {
	Read                int
	Duplicates          int // exact copies of an earlier line
	CaseVariants        int // codes rewritten to upper case
	NonProduct          int // postage, fees, vouchers, manual entries
	WriteOffs           int // negative quantity on an invoice that is no cancellation
	ZeroPrice           int // price of zero or less
	Cancellations       int // lines on invoices whose number starts with C
	CancelledPieces     int // pieces taken back from earlier sales
	UnmatchedPieces     int // cancelled pieces whose sale lies before the file
	SalesFullyCancelled int // sales that a cancellation took back whole
	Kept                int
}
