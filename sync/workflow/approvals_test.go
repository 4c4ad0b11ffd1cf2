package workflow_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector/connectortest"
)

func (w *world) approvals() *store.Approvals {
	rule := store.BasisRule{Clock: models.RealTime(), Window: time.Hour}
	return store.NewApprovals(w.db, rule, w.clock.Now)
}

func TestTheApprovalQueueShowsTheVerdictNow(t *testing.T) {
	w := newWorld(t)
	w.waiting("R-1")
	w.clock.Advance(time.Minute)
	w.stock(41, -100)
	page, err := w.approvals().Queue(t.Context(), models.ApprovalFilter{DC: "LEE"})
	if err != nil || len(page.Rows) != 1 || page.Next != "" {
		t.Fatalf("got %+v, %v; want one row", page, err)
	}
	row := page.Rows[0]
	if row.Basis.Verdict != models.VerdictSuperseded || row.Basis.Moment != models.MomentNow {
		t.Errorf("the verdict now is %+v", row.Basis)
	}
	if row.Description != "White hanging heart" || row.SupplierName != "Hearts Ltd" || row.Pack.String() != "12" || *row.Revision != 7 {
		t.Errorf("the row is %+v", row)
	}
	if len(row.Policy) != 12 || row.Policy[0].Passed || !row.Policy[8].Passed {
		t.Errorf("the policy's results are %+v, want what failed first", row.Policy)
	}
	if other, err := w.approvals().Queue(t.Context(), models.ApprovalFilter{DC: "YRK"}); err != nil || len(other.Rows) != 0 {
		t.Errorf("another DC has %d rows, %v", len(other.Rows), err)
	}
}

func TestTheApprovalQueueIsReadInPages(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, seq, updated_at)
		SELECT 'B' || n, 'Item', 'EA', 1, 1, 1, 1, 'GBP', 'B', 'S-1', 1, 1, now() FROM generate_series(1, 5) AS n`)
	for _, id := range []string{"R-1", "R-2", "R-3", "R-4", "R-5"} {
		w.recommend(id, 240, "2.55")
		w.exec(`UPDATE recommendations SET item = 'B' || right(recommendation, 1) WHERE recommendation = $1`, id)
		w.enter(id)
	}
	var seen []string
	filter := models.ApprovalFilter{Limit: 2}
	for {
		page, err := w.approvals().Queue(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Rows {
			seen = append(seen, row.Recommendation)
		}
		if filter.After = page.Next; page.Next == "" {
			break
		}
	}
	if len(seen) != 5 || seen[0] != "R-1" || seen[4] != "R-5" {
		t.Errorf("the pages hold %v, want all five once", seen)
	}
	if _, err := w.approvals().Queue(t.Context(), models.ApprovalFilter{After: "nonsense"}); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("a broken cursor gives %v, want invalid", err)
	}
}

func TestAReviewShowsTheBasisThenAndNow(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	w.approved("R-1")
	w.clock.Advance(time.Minute)
	w.stock(41, -3)
	stub.Break(connectortest.FaultRefuse, 1)
	w.round(w.writer(erp))
	review, err := w.approvals().Review(t.Context(), "R-1")
	if err != nil {
		t.Fatal(err)
	}
	if len(review.Decisions) != 1 || review.Decisions[0].Actor != "ana" || review.Write == nil || review.Write.State != models.WriteFailed {
		t.Errorf("the review is %+v", review)
	}
	b := review.Inspector
	if len(b.Checks) != 3 || b.Checks[0].Moment != models.MomentCompute || b.Checks[2].Moment != models.MomentNow {
		t.Errorf("the verdicts are %+v, want compute, approve and now", b.Checks)
	}
	if b.Then.Version != 40 || b.Now.Version != 40 || b.Now.Available.String() != "10" || len(b.Movements) != 1 || b.Movements[0].OnHandDelta.String() != "-3" {
		t.Errorf("the inspector shows %+v", b)
	}
	if _, err := w.approvals().Review(t.Context(), "R-9"); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("an unknown one gives %v, want not found", err)
	}
}

func TestTheOrderDeskShowsWhatTheERPSaid(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	w.approved("R-1")
	stub.Break(connectortest.FaultRefuse, 1)
	w.round(w.writer(erp))
	rows, err := w.approvals().OrderDesk(t.Context(), "", models.Sorting{}, models.Part{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("got %d rows, %v; want one", len(rows), err)
	}
	if r := rows[0]; r.WriteState != models.WriteFailed || r.Error != "The supplier is blocked." || r.ApprovedBy != "ana" || r.Item != "A" {
		t.Errorf("the row is %+v", r)
	}
}
