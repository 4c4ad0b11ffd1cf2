package webtest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/e2e/wire"
	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// farClient asks a tower over a wire that breaks, as a program elsewhere does: it
// waits a little and asks again.
type farClient struct {
	t    *testing.T
	line *wire.Wire
	key  string
	http http.Client
}

func newFarClient(t *testing.T, w *webtest.Tower, scope models.Scope, source string) *farClient {
	t.Helper()
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: source, Scopes: []models.Scope{scope}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := &farClient{t: t, line: wire.New(t, "tcp", strings.TrimPrefix(w.URL(), "http://")), key: secret, http: http.Client{
		Timeout: time.Second, Transport: &http.Transport{DisableCompression: true}, // a cut is to lie within what is read
	}}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// ask gives what came of the answer's body, and an error when that is not all.
func (c *farClient) ask(method, path, media, body string) (status int, text []byte, err error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.line.Addr()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + c.key}, "Content-Type": {media}}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err = io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

func locations(version int) []sentEvent {
	var events []sentEvent
	for n := range 40 {
		dc := fmt.Sprintf("DC-%02d", n)
		events = append(events, event(fmt.Sprintf("%s-%d", dc, version), models.TypeLocationChanged, map[string]any{
			"dc": dc, "name": "Hall " + strings.Repeat("x", 50), "time_zone": "Europe/London", "version": version,
		}))
	}
	return events
}

// TestAPollOverABadWireMissesNothing breaks the wire to a consumer in each way
// while things change: with its last token it goes on where it was, and has each
// version of each record in order.
func TestAPollOverABadWireMissesNothing(t *testing.T) {
	w := webtest.Start(t)
	send, reader := sends(t, w), newFarClient(t, w, models.ScopeRead, "lake")
	seen, token := map[string][]int64{}, ""
	poll := func() error {
		status, body, err := reader.ask(http.MethodGet, "/api/v1/changes?entity=location&limit=15&since="+token, "", "")
		if err != nil {
			return err
		}
		var page struct {
			Changes []struct {
				Data models.LocationChanged `json:"data"`
			} `json:"changes"`
			Next string `json:"next"`
		}
		if err := json.Unmarshal(body, &page); err != nil || status != http.StatusOK {
			t.Fatalf("poll: %d %s", status, body)
		}
		for _, c := range page.Changes {
			seen[c.Data.DC] = append(seen[c.Data.DC], c.Data.Version)
		}
		token = page.Next
		return nil
	}
	want := []int64{}
	for i, fault := range append([]wire.Fault{{Name: "nothing"}}, append(wire.Faults, wire.Cut("downstream", 100))...) {
		reader.line.Break(fault)
		send(locations(i + 1)...)
		want = append(want, int64(i+1))
		if err := poll(); err == nil && i > 1 {
			t.Errorf("over a wire with %s a poll is answered", fault.Name)
		}
		reader.line.Mend()
		eventually(t, "each record's version after "+fault.Name, func() bool {
			return poll() == nil && len(seen) == 40 && !slices.ContainsFunc(slices.Collect(maps.Values(seen)), func(v []int64) bool { return v[len(v)-1] != int64(i+1) })
		})
	}
	for dc, versions := range seen {
		if !slices.Equal(slices.Compact(versions), want) {
			t.Errorf("of %s came %v", dc, versions)
		}
	}
}

// TestAnExportThatIsCutIsNotTakenForTheWhole cuts the wire at any place of an
// export: the reader gets an error or lacks the last line, and has all when it
// asks again.
func TestAnExportThatIsCutIsNotTakenForTheWhole(t *testing.T) {
	w := webtest.Start(t)
	sends(t, w)(locations(1)...)
	reader := newFarClient(t, w, models.ScopeRead, "lake")
	export := func() (rows int, whole bool, err error) {
		_, body, err := reader.ask(http.MethodGet, "/api/v1/export/location", "", "")
		for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
			var line struct {
				Next string                 `json:"next"`
				Data models.LocationChanged `json:"data"`
			}
			if json.Unmarshal(lines.Bytes(), &line) != nil {
				break
			}
			if whole = line.Next != ""; !whole {
				rows++
			}
		}
		return rows, whole, err
	}
	eventually(t, "the records to be there", func() bool {
		rows, whole, err := export()
		return rows == 40 && whole && err == nil
	})
	for _, bytes := range []int{1, 300, 1_000, 3_000, 6_000} {
		reader.line.Break(wire.Cut("downstream", bytes))
		if rows, whole, err := export(); err == nil || whole {
			t.Errorf("cut after %d bytes it is whole with %d rows: %v", bytes, rows, err)
		}
		reader.line.Mend()
		if rows, whole, err := export(); rows != 40 || !whole || err != nil {
			t.Errorf("after a cut at %d bytes it has %d rows, whole %t: %v", bytes, rows, whole, err)
		}
	}
}

// TestAFileOverABadWireIsTakenInOnce breaks the wire in each way while a file is
// sent, and cuts it within a row: no row is taken in by halves, and the file that
// is sent again brings what was missing and nothing twice.
func TestAFileOverABadWireIsTakenInOnce(t *testing.T) {
	w := webtest.Start(t)
	sends(t, w)(masters()...)
	sender := newFarClient(t, w, models.ScopeSend, "files")
	const n = 300
	file := func(run int) string {
		var text strings.Builder
		text.WriteString("dc,name,time_zone,version\n")
		for i := range n {
			fmt.Fprintf(&text, "R%d-%d,Hall %06d,Europe/London,%d\n", run, i, i, 1_000_000+i)
		}
		return text.String()
	}
	whole := func(run int) string {
		return value(t, w, fmt.Sprintf(`SELECT count(*) || ' ' || count(*) FILTER (WHERE (data::jsonb->>'version')::bigint - 1000000 = split_part(data::jsonb->>'dc', '-', 2)::bigint)
			FROM events WHERE source = 'files' AND data::jsonb->>'dc' LIKE 'R%d-%%'`, run))
	}
	faults := append(wire.Faults[1:], wire.Cut("upstream", 700), wire.Cut("upstream", 5_003), wire.Cut("upstream", 11_111), wire.Cut("downstream", 1))
	for run, fault := range faults {
		path := "/api/v1/files?type=" + string(models.TypeLocationChanged) + fmt.Sprintf("&name=run-%d.csv", run)
		sender.line.Break(fault)
		status, answer, err := sender.ask(http.MethodPost, path, "text/csv", file(run))
		if err == nil && status == http.StatusOK {
			t.Errorf("%s: a file that was cut is answered %s", fault.Name, answer)
		}
		if part := strings.Fields(whole(run)); part[0] != part[1] {
			t.Errorf("%s: %s of %s rows are as they were sent", fault.Name, part[1], part[0])
		}
		sender.line.Mend()
		var told models.FileAnswer
		eventually(t, "the file to be taken in after "+fault.Name, func() bool {
			status, answer, err := sender.ask(http.MethodPost, path, "text/csv", file(run))
			return err == nil && status == http.StatusOK && json.Unmarshal(answer, &told) == nil
		})
		if told.Rows != n || told.Accepted+told.Duplicate != n || told.Conflict+told.Rejected != 0 {
			t.Errorf("%s: sent again it is answered %+v", fault.Name, told)
		}
		if got := whole(run); got != fmt.Sprintf("%d %d", n, n) {
			t.Errorf("%s: the log has %s of %d rows", fault.Name, got, n)
		}
	}
}
