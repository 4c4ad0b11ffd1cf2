package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestTheFlowMapSaysWhatTheQueueOfITDoesNotList(t *testing.T) {
	w := newWorld(t)
	w.exception("WFL-06", "a|b", "", "85123A", "LEE", "", 1)
	w.exception("WFL-06", "c|d", "", "85123A", "YRK", "", 1)
	w.exec(`UPDATE exceptions SET stage = 'workflow', team = 'procurement' WHERE dc IN ('LEE', 'YRK')`)
	w.exec(`UPDATE exceptions SET also_team = 'it' WHERE dc = 'YRK'`)
	it := w.SignIn(models.RoleIT)
	for address, want := range map[string]bool{"/flow?dc=LEE": true, "/flow?dc=YRK": false} {
		p := it.Get(address)
		row, label := squeezed(p, "#stage-workflow"), "1 of them for other teams alone"
		if counts := p.Find("#stage-workflow .priority-counts").Text(); !strings.Contains(counts, "1") || strings.Contains(row, label) != want {
			t.Errorf("%s says %q (%q), want %q: %v", address, row, counts, label, want)
		}
		open := it.Get(p.Find("#stage-workflow .priority-counts a").AttrOr("href", ""))
		if rows := open.Find("#queue tbody tr[id]").Length(); rows != 1 {
			t.Errorf("%s counts one that is open and leads to %d", address, rows)
		}
		rows := it.Get(p.Find("#stage-workflow a.row-link").AttrOr("href", "")).Find("#queue tbody tr[id]").Length()
		if want == (rows == 1) {
			t.Errorf("%s leads to %d rows", address, rows)
		}
	}
}
