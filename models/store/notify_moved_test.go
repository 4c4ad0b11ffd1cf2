package store_test

import (
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestANoticeThatIsTickedOffMovesApprovals ticks one off that was there before.
func TestANoticeThatIsTickedOffMovesApprovals(t *testing.T) {
	db := storetest.New(t)
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO supplier_exceptions (seq, supplier, number, kind, message, occurred_at) VALUES (7, 'S-1', '', 'closed', 'closed for a week', now())`); err != nil {
		t.Fatal(err)
	}
	hints := store.NewHints(db)
	marks, err := hints.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.NewApprovals(db, store.BasisRule{}, time.Now).SeeSupplierNotice(t.Context(), 7, "ana", "Ordered ahead."); err != nil {
		t.Fatal(err)
	}
	topics, marks, err := hints.Moved(t.Context(), marks)
	if err != nil || !slices.Contains(topics, models.TopicApprovals) {
		t.Errorf("it moves %v (%v)", topics, err)
	}
	if topics, _, err := hints.Moved(t.Context(), marks); err != nil || len(topics) != 0 {
		t.Errorf("and then %v (%v)", topics, err)
	}
}
