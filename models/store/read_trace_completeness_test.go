package store_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestATraceIsCompleteOnWithEveryLinkThatIsDue lets the chain of PO1 go on step by
// step; PO2 stays as it is, with nothing due.
func TestATraceIsCompleteOnWithEveryLinkThatIsDue(t *testing.T) {
	db := storetest.New(t)
	period := day(t, "2026-01-10")
	missing := func() string {
		t.Helper()
		rows, err := store.NewMeasures(db, models.RealTime).Rows(t.Context(), models.MeasureTrace, period, models.Part{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var labels []string
		for _, r := range rows {
			labels = append(labels, r.Ref+" "+r.Label)
		}
		return strings.Join(labels, "; ")
	}
	const asn, confirmed, receipt = `INSERT INTO asns VALUES ('A', 'PO1', 1, 100, 'EA', '2026-01-10T09:00:00Z', '2026-01-11', gen_random_uuid(), 11)`,
		`INSERT INTO confirmations VALUES ('C', 'PO1', 1, 100, 'EA', '2026-01-09', '2026-01-10T08:30:00Z', gen_random_uuid(), 10)`,
		`INSERT INTO receipts VALUES ('G', 'PO1', 1, 'A1', 'DC1', 100, 'EA', '2026-01-10T20:00:00Z', gen_random_uuid(), 12)`
	const whole = "every link is there"
	for _, step := range []struct{ change, want string }{
		{twoOrders, whole},
		{`INSERT INTO milestones (kind, subject, clock, opened_at, due_at) VALUES ('confirmed', 'PO1', 'business', '2026-01-10T08:10:00Z', '2026-01-10T12:00:00Z')`, "no confirmation"},
		{`UPDATE milestones SET due_at = '2026-01-11T12:00:00Z' WHERE kind = 'confirmed'`, whole}, // after the period
		{asn, "no confirmation"},
		{`UPDATE orders SET kind = 'transfer' WHERE number = 'PO1'`, whole}, // nobody confirms it
		{`UPDATE orders SET kind = 'purchase' WHERE number = 'PO1'`, "no confirmation"},
		{confirmed, whole},
		{`DELETE FROM asns`, "no shipping notice"},       // the promised day has passed
		{`UPDATE confirmations SET quantity = 0`, whole}, // rejected
		{receipt, "no shipping notice"},
		{`DELETE FROM receipts`, whole},
		{`UPDATE confirmations SET quantity = 100`, "no shipping notice"},
		{asn, whole},
		{`INSERT INTO milestones (kind, subject, clock, opened_at, due_at) VALUES ('received', 'PO1|1|A', 'business', '2026-01-10T09:00:00Z', '2026-01-10T18:00:00Z')`, "no receipt"},
		{receipt, whole},
		{`UPDATE recommendations SET forecast_revision = NULL WHERE recommendation = 'R1'; DELETE FROM decisions WHERE recommendation = 'R1'`, "no forecast revision, no decision"},
	} {
		if _, err := db.Pool.Exec(t.Context(), step.change); err != nil {
			t.Fatal(err)
		}
		want := "PO1 " + step.want + "; PO2 " + whole // what lacks a link stands first
		if step.want == whole {
			want = "PO2 " + whole + "; PO1 " + whole
		}
		if got := missing(); got != want {
			t.Errorf("after %.60s: %s, want %s", step.change, got, want)
		}
	}
	m := readMeasures(t, db, period)[models.MeasureTrace]
	if m.Value == nil || m.Value.String() != "50" || m.Rows != 2 {
		t.Errorf("the measure is %v over %d rows, want one line of two", m.Value, m.Rows)
	}
	if m := readMeasures(t, db, models.Period{From: period.To, To: period.To.Add(time.Hour)})[models.MeasureTrace]; m.Value != nil {
		t.Errorf("without an order the measure is %v", m.Value)
	}
}
