package webtest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// sendsFiles posts CSV files of a type as the ERP.
func sendsFiles(t *testing.T, w *webtest.Tower) func(kind models.EventType, text string, packed bool) (int, models.FileAnswer, string) {
	t.Helper()
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{models.ScopeSend}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return func(kind models.EventType, text string, packed bool) (int, models.FileAnswer, string) {
		t.Helper()
		header := http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"text/csv"}}
		var body io.Reader = strings.NewReader(text)
		if packed {
			header.Set("Content-Encoding", "gzip")
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			if _, err := io.WriteString(z, text); err != nil || z.Close() != nil {
				t.Fatal(err)
			}
			body = &b
		}
		p := w.Stranger().Do(http.MethodPost, "/api/v1/files?type="+url.QueryEscape(string(kind))+"&name=monday.csv", body, header)
		var answer models.FileAnswer
		if p.Status == http.StatusOK {
			if err := json.Unmarshal([]byte(p.Body), &answer); err != nil {
				t.Fatalf("%d %s", p.Status, p.Body)
			}
		}
		return p.Status, answer, p.Body
	}
}

// pending counts, until it is asked, the most events that waited for their turn at once.
func pending(t *testing.T, w *webtest.Tower) (most func() int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	result := make(chan int)
	go func() {
		most := 0
		for ctx.Err() == nil {
			var n int
			err := w.DB.Pool.QueryRow(ctx, `SELECT count(*) FROM events e JOIN shard_cursors c USING (shard) WHERE e.seq > c.seq`).Scan(&n)
			if err != nil && ctx.Err() == nil {
				t.Errorf("count what waits: %v", err)
				break
			}
			most = max(most, n)
		}
		result <- most
	}()
	return func() int {
		stop()
		return <-result
	}
}

func TestAFileIsTakenInOnceAndItsBadRowsAreNamed(t *testing.T) {
	w := webtest.Start(t)
	post := sendsFiles(t, w)
	sends(t, w)(masters()...)
	var items, balances strings.Builder
	items.WriteString("Item,Description,unit,pack_size,moq,unit_cost,unit_price,currency,abc_class,supplier,version\n")
	balances.WriteString("item,dc,on_hand,allocated,unit,version,time\n")
	const n = 1200
	for i := range n {
		fmt.Fprintf(&items, "I%d,\"Heart, white\",EA,12,24,1.5,2.55,GBP,A,S-1,1\n", i)
		fmt.Fprintf(&balances, "I%d,LEE,%d,0,EA,1,\n", i, i)
	}
	most := pending(t, w)
	if status, answer, body := post(models.TypeItemChanged, items.String(), true); status != http.StatusOK || answer.Accepted != n {
		t.Fatalf("items: %d %s", status, body)
	}
	bad := strings.Replace(balances.String(), "I7,LEE,7,0,EA,1,\n", "I7,LEE,many,0,EA,1,\n", 1) + "I0,LEE\n"
	_, answer, body := post(models.TypeBalance, bad, false)
	if n := most(); n > 500 {
		t.Errorf("%d events of the files waited at once: whatever arrives then waits behind them", n)
	}
	if answer.Rows != n+1 || answer.Accepted != n-1 || answer.Rejected != 2 || len(answer.Faults) != 2 {
		t.Fatalf("balances: %s", body)
	}
	if first, last := answer.Faults[0], answer.Faults[1]; first.Line != 9 || first.Errors[0].Pointer != "/on_hand" || last.Line != n+2 {
		t.Errorf("the faults are %+v", answer.Faults)
	}
	for _, try := range []struct {
		text                string
		accepted, duplicate int64
	}{{balances.String(), 1, n - 1}, {balances.String(), 0, n}} { // mended, and once more
		if _, answer, body := post(models.TypeBalance, try.text, true); answer.Accepted != try.accepted || answer.Duplicate != try.duplicate {
			t.Errorf("sent again: %s", body)
		}
	}
	eventually(t, "every balance", func() bool {
		return value(t, w, `SELECT count(*)::text FROM positions WHERE on_hand = substr(item, 2)::numeric`) == strconv.Itoa(n)
	})
	if from := value(t, w, `SELECT extensions FROM events WHERE item = 'I7' AND type LIKE '%balance%'`); from != `{"file":"monday.csv","fileline":9}` {
		t.Errorf("a row comes from %s", from)
	}
	if parked := value(t, w, `SELECT count(*)::text FROM unsettled_events`); parked != "0" {
		t.Errorf("%s rows are parked", parked)
	}
}

func TestHistoryComesAsAFileThroughTheBulkLane(t *testing.T) {
	w := webtest.Start(t)
	post := sendsFiles(t, w)
	sends(t, w)(append(masters(), item("A"))...)
	status, answer, body := post(models.TypeSalesHistory, "item,dc,from,quantities,unit,version\nA,LEE,2026-01-01,3 4 0,EA,1\nA,LEE,2026-01-04,5,EA,1\n", false)
	if status != http.StatusOK || answer.Accepted != 2 {
		t.Fatalf("%d %s", status, body)
	}
	eventually(t, "four days of demand", func() bool {
		return value(t, w, `SELECT concat(count(*), ' ', sum(quantity)::int) FROM demand_days WHERE item = 'A'`) == "4 12"
	})
	if lane := value(t, w, `SELECT string_agg(DISTINCT c.lane, ' ') FROM events e JOIN shard_cursors c USING (shard) WHERE e.type LIKE '%history%'`); lane != "bulk" {
		t.Errorf("they are in the lane %s", lane)
	}
}

func TestAFileThatCannotBeReadIsToldWhy(t *testing.T) {
	w := webtest.Start(t)
	post := sendsFiles(t, w)
	for _, try := range []struct {
		kind   models.EventType
		text   string
		status int
		says   string
	}{
		{models.TypeBalance, "", http.StatusBadRequest, "no header"},
		{models.TypeBalance, "item,colour\nA,red\n", http.StatusBadRequest, "colour"},
		{models.TypeBalance, "item\nA\n", http.StatusUnprocessableEntity, `"line":2`},
		{models.TypePurchaseOrder, "order\nPO-1\n", http.StatusUnprocessableEntity, "Send it as an event"},
		{"nothing", "item\nA\n", http.StatusNotFound, "No contract"},
		{models.TypeBalance, "item\n\"" + strings.Repeat("A", 2<<20), http.StatusRequestEntityTooLarge, "quotes are not closed"},
	} {
		if status, _, body := post(try.kind, try.text, false); status != try.status || !strings.Contains(body, try.says) {
			t.Errorf("%s %.40q: %d %s", try.kind, try.text, status, body)
		}
	}
}
