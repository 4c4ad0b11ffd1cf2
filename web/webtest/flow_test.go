package webtest_test

import (
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestOfManySourcesThoseThatNeedNobodyShareARow(t *testing.T) {
	w := webtest.Start(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := w.DB.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`DELETE FROM sources`)
	exec(`INSERT INTO sources (source, system) SELECT 'source-' || n, 'other' FROM generate_series(1, 5) n`)
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/flow"), "#hop-source-source-1", "quiet")
	hidden(t, it.Get("/flow"), "#hop-sources-quiet")
	exec(`INSERT INTO sources (source, system) SELECT 'source-' || n, 'other' FROM generate_series(6, 8) n`)
	exec(`INSERT INTO rejected_counts VALUES (date_trunc('minute', now()), 'source-8', 'throughline.item.changed.v1', 'TRF-01', 9)`)
	p := it.Get("/flow")
	see(t, p, "#hop-sources-quiet", "7 sources → log")
	hidden(t, p, "#hop-source-source-1")
	see(t, p, "#hop-source-source-8", "failing")
	if drawn := p.Find(".flow-crowded .flow-node").Length(); drawn != 8 {
		t.Errorf("%d sources are drawn, want 8 of a line each", drawn)
	}
	exec(`INSERT INTO sources (source, system) SELECT 'source-' || n, 'other' FROM generate_series(9, 12) n`)
	see(t, it.Get("/flow"), "#hop-source-source-12", "quiet") // of more than are drawn each has its row
}
