package store_test

import (
	"encoding/base64"
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
		`{"s":"money","i":7,"v":"-12.5","a":"infinity"}`, `{"s":"","i":7,"p":2,"v":"0","a":"2026-03-02T10:00:00Z"}`, `{"s":"newest","i":7,"v":"0","a":"infinity"}`,
		`{"s":"money","i":1,"v":"1e999999","a":"infinity"}`, `{"s":"money","i":1,"v":"\"1\"","a":"0001-01-01T00:00:00Z"}`, `2026-03-02T10:00:00.5Z R-1`, "2026-03-02T10:00:00Z \x00", `2026-03-02T10:00:00.5Z 17`, `0000-01-01T00:00:00Z 1`, ``,
	} {
		f.Add(seed)
	}
	db := storetest.New(f)
	exceptions, approvals, audit := store.NewExceptions(db), store.NewApprovals(db, store.BasisRule{}, time.Now), store.NewAudit(db)
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, sort := range []models.ExceptionSort{models.SortPriority, models.SortMoney, models.SortNewest} {
			for _, after := range []string{cursor, base64.RawURLEncoding.EncodeToString([]byte(cursor))} {
				if _, err := exceptions.Queue(t.Context(), models.ExceptionFilter{Sort: sort, After: after}); err != nil && models.CodeOf(err) != models.CodeInvalid {
					t.Fatalf("%s after %q: %v", sort, cursor, err)
				}
			}
		}
		if _, err := approvals.Queue(t.Context(), models.ApprovalFilter{After: cursor}); err != nil && models.CodeOf(err) != models.CodeInvalid {
			t.Fatalf("approvals after %q: %v", cursor, err)
		}
		if _, err := audit.Page(t.Context(), models.AuditFilter{}, cursor, 2); err != nil && models.CodeOf(err) != models.CodeInvalid {
			t.Fatalf("the audit trail after %q: %v", cursor, err)
		}
	})
}
