package webtest_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// TestAFloodIsToldAsAStorm lets a source send balances of a dozen items that no
// master record describes, and looks again when the flood is long over.
func TestAFloodIsToldAsAStorm(t *testing.T) {
	const items = 12
	w := webtest.Start(t)
	send := sends(t, w)
	send(masters()...)
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/alarms"), "main", "No flood of one kind")
	var unknown []sentEvent
	for n := range items {
		name := fmt.Sprint("X", n)
		unknown = append(unknown, balanceOf("bal-"+name, name, 1, "10"))
	}
	send(unknown...)
	eventually(t, "an exception for each item", func() bool {
		return value(t, w, `SELECT count(*)::text FROM exceptions WHERE code = 'TRF-03' AND state <> 'resolved'`) == strconv.Itoa(items)
	})
	row := func(p *webtest.Page) (texts []string) {
		rows := p.Find("#storms tbody tr")
		if rows.Length() != 1 {
			t.Fatalf("%d storms: %s", rows.Length(), p.Find("#storms").Text())
		}
		for _, cell := range rows.Find("th, td").EachIter() {
			texts = append(texts, strings.Join(strings.Fields(cell.Text()), " "))
		}
		return texts
	}
	folded := value(t, w, `SELECT count(*)::text FROM exception_notes f JOIN exception_notes o USING (exception_id, at) WHERE f.action = 'follows' AND o.action = 'opened'`)
	p := it.Get("/alarms")
	see(t, p, "#alarms-storm", "1 flood, on now")
	if got := row(p); !strings.Contains(got[1], "TRF-03") || got[2] != "erp" || !strings.HasPrefix(got[3], "on for ") || !slices.Equal(got[4:], []string{strconv.Itoa(items), folded}) {
		t.Errorf("while it lasts the row is %q, want %d opened and %s folded", got, items, folded)
	}
	queue := it.Get(it.Get(p.Find("#storms a.row-link").AttrOr("href", "")).Header.Get("Location")) // that of the reader's team
	if n := queue.Find("main tbody tr:contains('Unknown item X')").Length(); n != items {
		t.Errorf("the row leads to %d exceptions of the storm: %s", n, queue.Find("main").Text())
	}

	if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE exception_notes SET at = at - interval '30 minutes'; UPDATE exceptions SET opened_at = opened_at - interval '30 minutes'`); err != nil {
		t.Fatal(err)
	}
	p = it.Get("/alarms")
	if text := p.Find("#alarms-storm").Text(); !strings.Contains(text, "1 flood") || strings.Contains(text, "on now") {
		t.Errorf("the figure says %q", text)
	}
	if got := row(p); !strings.HasPrefix(got[3], "10 min") || !slices.Equal(got[4:], []string{strconv.Itoa(items), folded}) {
		t.Errorf("when it is over the row is %q", got)
	}
}
