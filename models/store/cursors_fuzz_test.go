package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// FuzzCursors holds what a person may make of a list's address: the next page is
// read, or refused with words; it is never a fault of ours.
func FuzzCursors(f *testing.F) {
	for _, seed := range []string{
		`["money","-12.5","9999-12-31T00:00:00.000000Z","7"]`, `["priority","P2","2026-03-02T10:00:00Z","7"]`, `["newest","-7"]`, `["-title","a","7"]`, `["-title","\u0000","7"]`,
		`["money","1e999999","2026-03-02T10:00:00Z","7"]`, `["money","1","0000-01-01T00:00:00Z","1"]`, `["due","2026-03-02T10:00:00.5Z","R-1"]`, `["newest","2026-03-02T10:00:00.5Z","A@B"]`,
		`["-value","12","R-1"]`, `["who","ann","2026-03-02T10:00:00Z","7"]`, `["-about","x","99999999999999999999"]`, `["newest","2026-03-02T10:00:00Z","7"]`, `null`, `2026-03-02T10:00:00.5Z 17`, "2026-03-02T10:00:00Z \x00", `0000-01-01T00:00:00Z 1`, ``,
	} {
		f.Add(seed)
	}
	db := storetest.New(f)
	exceptions, approvals, influence, audit, failures := store.NewExceptions(db), store.NewApprovals(db, store.BasisRule{}, time.Now), store.NewInfluence(db), store.NewAudit(db), store.NewFailures(db)
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, sort := range []models.ExceptionSort{models.SortPriority, models.SortMoney, models.SortNewest} {
			if _, err := exceptions.Queue(t.Context(), models.ExceptionFilter{Sort: sort, After: cursor}); err != nil && models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("%s after %q: %v", sort, cursor, err)
			}
		}
		for _, by := range []models.Sorting{{}, {Key: "title", Descending: true}, {Key: "value", Descending: true}} {
			if _, err := exceptions.Queue(t.Context(), models.ExceptionFilter{By: by, After: cursor}); err != nil && models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("exceptions by %s after %q: %v", by, cursor, err)
			}
			if _, err := approvals.Queue(t.Context(), models.ApprovalFilter{By: by, After: cursor}); err != nil && models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("approvals by %s after %q: %v", by, cursor, err)
			}
			if _, err := influence.Board(t.Context(), models.InfluenceFilter{By: by, After: cursor}); err != nil && models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("the board by %s after %q: %v", by, cursor, err)
			}
		}
		for _, by := range []models.Sorting{{}, {Key: "who"}, {Key: "about", Descending: true}} {
			if _, err := audit.Page(t.Context(), models.AuditFilter{By: by}, cursor, 2); err != nil && models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("the audit trail by %s after %q: %v", by, cursor, err)
			}
			if _, err := failures.Deliveries(t.Context(), models.DeliveryQuery{Subscription: "x", By: by, After: cursor}); err != nil && models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("deliveries by %s after %q: %v", by, cursor, err)
			}
		}
	})
}
