package webtest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/webtest"
)

func TestAlarmHealthCountsWhomExceptionsCall(t *testing.T) {
	w := webtest.Start(t)
	id := raise(t, w, models.ExceptionDrift, models.TeamIT, "")
	for range 3 {
		if _, err := w.DB.Pool.Exec(t.Context(), `INSERT INTO exception_notes (exception_id, at, actor, action) VALUES ($1, now(), 'tower', 'reopened')`, id); err != nil {
			t.Fatal(err)
		}
	}
	p := w.SignIn(models.RoleIT).Get("/alarms")
	if p.Status != http.StatusOK {
		t.Fatalf("the page answers %d", p.Status)
	}
	see(t, p, "#alarms-high .figure-label", "Critical (P1)")
	see(t, p, "#alarms-low .figure-label", "P3 and P4")
	see(t, p, "#alarms-chatter", "1")
	see(t, p, "#chattering", "Something")
	see(t, p, "#kind-REC-01", "Stock differs from the ERP")
	see(t, p, "#load-it", "3")
	for row, want := range map[string]string{
		"#kind-REC-01": "/exceptions?code=REC-01&each=1", "#response-team-it": "#load", "#response-stage-business": "/exceptions/it?each=1&stage=business&view=every",
	} {
		if href := p.Find(row+" a.row-link").AttrOr("href", ""); href != want {
			t.Errorf("%s leads to %q, want %q", row, href, want)
		}
	}
	if href := p.Find("#alarms-shelved a").AttrOr("href", ""); href != "/exceptions?view=shelved" {
		t.Errorf("what is shelved leads to %q", href)
	}
	if href := p.Find("#chattering a.row-link").AttrOr("href", ""); href != "/exceptions/"+id {
		t.Errorf("what chatters leads to %q", href)
	}
	if p := w.SignIn(models.RolePlanner).Get("/alarms"); p.Status != http.StatusForbidden {
		t.Errorf("a planner gets %d, want it refused", p.Status)
	}
}

func TestAnswerAndRepairAreToldByTeamStageAndDC(t *testing.T) {
	w := webtest.Start(t)
	answered, cleared := raise(t, w, models.ExceptionDrift, models.TeamIT, ""), raise(t, w, models.ExceptionDrift, models.TeamIT, "")
	_, err := w.DB.Pool.Exec(t.Context(), `
		UPDATE exceptions SET dc = 'YRK' WHERE id = `+cleared+`;
		UPDATE exceptions SET opened_at = now() - interval '2 hours', ack_due_at = now() - interval '1 hour', standing = false, state = 'resolved',
			acknowledged_at = CASE id::text WHEN '`+answered+`' THEN now() - interval '90 minutes' END,
			resolved_at = CASE id::text WHEN '`+answered+`' THEN now() - interval '30 minutes' ELSE now() END;
		INSERT INTO exception_notes (exception_id, at, actor, action) VALUES
			(`+answered+`, now() - interval '2 hours', 'tower', 'opened'), (`+cleared+`, now() - interval '2 hours', 'tower', 'opened'),
			(`+answered+`, now() - interval '30 minutes', 'ivy', 'resolve'), (`+cleared+`, now(), 'tower', 'cleared')`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RoleIT).Get("/alarms")
	cellsOf := func(row string) (texts []string) {
		for _, cell := range p.Find(row).Find("th, td").EachIter() {
			texts = append(texts, strings.TrimSpace(cell.Text()))
		}
		return texts
	}
	for row, want := range map[string][]string{
		"#response-team-it": {"IT", "2", "1", "30 min", "100 %", "1", "1 h 30 min", "1", "0"},
		"#response-dc-YRK":  {"YRK", "1", "0", "–", "–", "0", "–", "1", "0"},
	} {
		if got := cellsOf(row); !slices.Equal(got, want) {
			t.Errorf("%s says %q, want %q", row, got, want)
		}
	}
}

func TestExceptionsStandBesideWhatEachFlowCarried(t *testing.T) {
	w := webtest.Start(t)
	var events models.Histogram
	events.AddN(time.Second, 500)
	hist, err := events.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	raised := raise(t, w, models.ExceptionDrift, models.TeamIT, "")
	down, homeless := raise(t, w, models.ExceptionTargetDown, models.TeamIT, ""), raise(t, w, models.ExceptionStockout, models.TeamIT, "")
	for _, insert := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO accept_rollups VALUES (date_trunc('minute', now()), 'erp', 'LON', 0, $1)`, []any{hist}},
		{`INSERT INTO subscriptions (name, url, secret, types) VALUES ('erp', 'https://erp.example.com', 's', '{throughline.item.changed.v1}')`, nil},
		{`INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, outcome)
			SELECT 'erp', 0, n, n, n::text, 1, 1, now(), now(), 'failed' FROM generate_series(1, 40) n`, nil},
		{`UPDATE exceptions SET source = 'erp' WHERE id IN ($1::text::bigint, $2::text::bigint)`, []any{raised, down}},
		{`UPDATE exceptions SET dedupe_key = 'API-05|route|erp' WHERE id = $1::text::bigint`, []any{down}},
		{`UPDATE exceptions SET source = '' WHERE id = $1::text::bigint`, []any{homeless}},
		{`DELETE FROM exception_notes WHERE action IN ('opened', 'reopened')`, nil},
		{`INSERT INTO exception_notes (exception_id, at, actor, action) SELECT id, now(), 'tower', unnest('{opened,reopened}'::text[]) FROM exceptions`, nil},
	} {
		if _, err := w.DB.Pool.Exec(t.Context(), insert.sql, insert.args...); err != nil {
			t.Fatalf("%s: %v", insert.sql, err)
		}
	}
	p := w.SignIn(models.RoleIT).Get("/alarms")
	for row, want := range map[string]string{
		"#rate-source-erp": "erp → log 500 events 1 2",
		"#rate-route-erp":  "state → erp 40 deliveries 1 25",
		"#rate--BIZ-01":    "Stockout inside the lead time (BIZ-01) – no flow 1 –",
	} {
		var texts []string
		for _, cell := range p.Find(row).Find("th, td").EachIter() {
			texts = append(texts, strings.Fields(cell.Text())...)
		}
		if got := strings.Join(texts, " "); got != want {
			t.Errorf("%s says %q, want %q", row, got, want)
		}
	}
}

// An exception whose events somebody discarded is solved by a person; one whose record
// came has cleared by itself.
func TestADiscardSolvesAndARecordClears(t *testing.T) {
	w := integrationDesk(t)
	const both = `dedupe_key IN ('API-07|` + twiceGroup + `', 'TRF-03|item:47566')`
	eventually(t, "the watch to raise both", func() bool {
		return value(t, w, `SELECT count(*)::text FROM exceptions WHERE standing AND `+both) == "2"
	})
	it := w.SignIn(models.RoleIT)
	if p := pressed(it, "/parked/"+twiceGroup+"/discard", because("It came twice.", "state", "parked", "up_to", "9999")); p.Status != http.StatusOK {
		t.Fatalf("the discard is answered %d", p.Status)
	}
	exec(t, w, `INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
		VALUES ('47566', 'Bunting', 'EA', 1, 1, 5, 9, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 1, now())`)
	eventually(t, "both to close", func() bool {
		return value(t, w, `SELECT count(*)::text FROM exceptions WHERE standing AND `+both) == "0"
	})
	exec(t, w, `DELETE FROM exception_notes WHERE exception_id NOT IN (SELECT id FROM exceptions WHERE `+both+`)`)
	cells := it.Get("/alarms").Find("#response-team-it").Find("th, td")
	if opened, solved, cleared := cells.Eq(1).Text(), cells.Eq(5).Text(), cells.Eq(7).Text(); opened != "2" || solved != "1" || cleared != "1" {
		t.Errorf("of %s opened, %s are solved and %s cleared", opened, solved, cleared)
	}
}
