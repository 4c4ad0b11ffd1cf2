package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
	"throughline/models/store/storetest"
)

// TestWhatFollowsFoldsUnderItsCause lets the running watch link what waits for
// the ERP to the ERP that is down.
func TestWhatFollowsFoldsUnderItsCause(t *testing.T) {
	w := newWorld(t)
	w.exception("API-05", "cause", "erp", "", "", "", 1)
	w.exception("WFL-05", "b", "erp", "", "LEE", "", 1)
	w.exception("WFL-05", "c", "erp", "", "YRK", "", 1)
	w.exception("WFL-05", "d", "", "", "LEE", "", 1)
	storetest.Eventually(t, "the watch to link what follows", func() bool {
		var linked int
		err := w.DB.Pool.QueryRow(t.Context(), `SELECT count(*) FROM exceptions WHERE cause_id IS NOT NULL`).Scan(&linked)
		return err == nil && linked == 2
	})
	it := w.SignIn(models.RoleIT)
	p := it.Get("/exceptions/it?text=Title+of")
	if rows := p.Find("#queue tbody tr").Length(); rows != 2 || !strings.HasPrefix(tabCounts(p), "Ours 4 Also ours 0 All 4") {
		t.Errorf("%d rows with %s, want the cause and the one that stands alone of four", rows, tabCounts(p))
	}
	fold := p.Find("#queue .fold a")
	if text := strings.TrimSpace(fold.Text()); text != "2 follow from this" {
		t.Fatalf("the cause says %q", text)
	}
	p = it.Get(fold.AttrOr("href", ""))
	if rows := p.Find("#queue tbody tr").Length(); rows != 4 || p.Find("#queue .fold a[aria-expanded=true]").Length() != 1 {
		t.Errorf("%d rows when unfolded, want 4", rows)
	}
	if rows := it.Get(p.Find("#queue .fold a").Last().AttrOr("href", "")).Find("#queue tbody tr").Length(); rows != 2 {
		t.Errorf("%d rows follow from the cause, want 2", rows)
	}
	if rows := it.Get("/exceptions/it?text=Title+of&each=1").Find("#queue tbody tr").Length(); rows != 4 {
		t.Errorf("%d rows each on its own, want 4", rows)
	}
	child := strings.TrimPrefix(p.Find("#queue tbody tr").Eq(1).AttrOr("id", ""), "exception-")
	detail := it.Get("/exceptions/" + child)
	if text := detail.Find("main").Text(); !strings.Contains(text, "Follows from") || !strings.Contains(text, "Title of cause") {
		t.Errorf("the detail does not name its cause: %s", text)
	}
}
