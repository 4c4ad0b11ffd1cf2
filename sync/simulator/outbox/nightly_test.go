package outbox_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

// nights is a nightly sender whose nights come when the test says so.
type nights struct {
	t     *testing.T
	db    *pgxpool.Pool
	tower *towertest.Tower
	dir   string
	last  time.Time
	hold  outbox.Hold
	send  *outbox.Sender
}

func newNights(t *testing.T) *nights {
	t.Helper()
	n := &nights{t: t, db: database(t), tower: towertest.New(t), dir: filepath.Join(t.TempDir(), "exchange")}
	n.restart()
	return n
}

// restart goes on with another sender, as after a kill -9.
func (n *nights) restart() {
	n.t.Helper()
	var err error
	n.send, err = outbox.NewSender(n.t.Context(), outbox.Config{
		Source: "erp", TowerURL: n.tower.URL, Key: "tlk_test", DB: n.db, Hold: func() outbox.Hold { return n.hold },
		Nightly: &outbox.Nightly{Dir: n.dir, Last: func() time.Time { return n.last }}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

// comes lets the night of a day in June come.
func (n *nights) comes(day int) { n.last = time.Date(2026, time.June, day, 22, 0, 0, 0, time.UTC) }

func (n *nights) drain() {
	n.t.Helper()
	if err := drain(n.t, n.send); err != nil {
		n.t.Fatal(err)
	}
}

func (n *nights) wantArrived(want ...string) {
	n.t.Helper()
	if got := subjects(n.tower.Events()); !slices.Equal(got, want) {
		n.t.Errorf("%d events arrived, want %d in order", len(got), len(want))
	}
	if _, repeats := n.tower.Posts(); repeats != 0 {
		n.t.Errorf("%d events were sent twice", repeats)
	}
}

func (n *nights) files() []string {
	n.t.Helper()
	found, err := filepath.Glob(filepath.Join(n.dir, "*"))
	if err != nil {
		n.t.Fatal(err)
	}
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}

func TestEverythingLeavesInTheFileOfTheNight(t *testing.T) {
	n := newNights(t)
	fill(t, n.db, "DC-LON", 1200)
	n.drain()
	n.wantArrived()
	n.comes(8)
	n.drain()
	n.wantArrived(numbers(1200)...)
	text, err := os.ReadFile(filepath.Join(n.dir, "erp-2026-06-08.ndjson"))
	if err != nil || bytes.Count(text, []byte("\n")) != 1200 {
		t.Errorf("the file has %d lines: %v", bytes.Count(text, []byte("\n")), err)
	}
	fill(t, n.db, "DC-LON", 2)
	n.drain()
	n.wantArrived(numbers(1200)...)
	n.comes(9)
	n.drain()
	n.drain()
	n.wantArrived(append(numbers(1200), "0", "1")...)
}

func TestRestartBetweenFileAndLoad(t *testing.T) {
	n := newNights(t)
	fill(t, n.db, "DC-LON", 10)
	n.comes(8)
	n.tower.Answer(func([]webhook.Event) (int, http.Header) { return http.StatusServiceUnavailable, nil })
	if err := drain(t, n.send); err == nil {
		t.Fatal("a refusal is no error")
	}
	if files := n.files(); len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	n.tower.Answer(nil)
	fill(t, n.db, "DC-LON", 3) // belongs to the next night
	n.restart()
	n.drain()
	n.wantArrived(numbers(10)...)
}

func TestRestartHalfWayThroughALoad(t *testing.T) {
	n := newNights(t)
	fill(t, n.db, "DC-LON", 1200)
	n.comes(8)
	n.tower.Answer(func(events []webhook.Event) (int, http.Header) {
		if events[0].Subject == "0" {
			return 0, nil
		}
		return http.StatusServiceUnavailable, nil
	})
	if err := drain(t, n.send); err == nil {
		t.Fatal("a refusal is no error")
	}
	n.wantArrived(numbers(500)...)
	n.tower.Answer(nil)
	n.restart()
	n.drain()
	n.wantArrived(numbers(1200)...)
}

// A crash after the rows were chosen and before the file has its name leaves no
// file or half of one.
func TestRestartBeforeTheFileIsWhole(t *testing.T) {
	n := newNights(t)
	fill(t, n.db, "DC-LON", 10)
	n.comes(8)
	whole := n.dir
	n.dir = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(n.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	n.restart()
	if err := drain(t, n.send); err == nil {
		t.Fatal("a file was written where there is no directory")
	}
	n.wantArrived()
	n.dir = whole
	if err := os.MkdirAll(whole, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(whole, ".half-1"), []byte(`{"specversion"`), 0o600); err != nil {
		t.Fatal(err)
	}
	n.restart()
	n.drain()
	n.wantArrived(numbers(10)...)
}

func TestFileOfAnotherLifeIsReplaced(t *testing.T) {
	n := newNights(t)
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	old := []byte(`{"specversion":"1.0","id":"other-1","source":"erp","type":"throughline.inventory.balance.v1","sequence":"1","data":{}}` + "\n")
	if err := os.WriteFile(filepath.Join(n.dir, "erp-2026-06-08.ndjson"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, n.db, "DC-LON", 10)
	n.comes(8)
	n.drain()
	n.drain()
	n.wantArrived(numbers(10)...)
}

func TestHeldMessagesWaitForTheNextNight(t *testing.T) {
	n := newNights(t)
	fill(t, n.db, "DC-LON", 3)
	fill(t, n.db, "DC-GLA", 2)
	n.comes(8)
	n.hold = outbox.Hold{All: true}
	n.drain()
	n.wantArrived()
	n.hold = outbox.Hold{DCs: []string{"DC-LON"}}
	n.drain()
	n.wantArrived("0", "1")
	n.hold = outbox.Hold{}
	n.drain()
	n.wantArrived("0", "1")
	n.comes(9)
	n.drain()
	n.wantArrived("0", "1", "0", "1", "2")
}

func TestResentEventsGoWithTheNextFile(t *testing.T) {
	n := newNights(t)
	fill(t, n.db, "DC-LON", 7)
	n.comes(8)
	n.drain()
	n.send.Resend()
	n.drain()
	if _, repeats := n.tower.Posts(); repeats != 0 {
		t.Errorf("%d events were sent again by day", repeats)
	}
	fill(t, n.db, "DC-LON", 1)
	n.comes(9)
	n.drain()
	if _, repeats := n.tower.Posts(); repeats != 7 || len(n.tower.Events()) != 8 {
		t.Errorf("%d repeats, %d events", repeats, len(n.tower.Events()))
	}
}

func TestOldFilesAreRemoved(t *testing.T) {
	n := newNights(t)
	for day := 1; day <= 9; day++ {
		fill(t, n.db, "DC-LON", 1)
		n.comes(day)
		n.drain()
	}
	files := n.files()
	if len(files) != 6 || files[0] != "erp-2026-06-04.ndjson" || files[5] != "erp-2026-06-09.ndjson" {
		t.Errorf("files %v", files)
	}
	if got := len(n.tower.Events()); got != 9 {
		t.Errorf("%d events", got)
	}
}

// A file carries the payload as it is: the tower tells a changed one by its content.
func TestFileKeepsTheContent(t *testing.T) {
	n := newNights(t)
	fill(t, n.db, "DC-LON", 1)
	n.comes(8)
	n.drain()
	event := n.tower.Events()[0]
	if event.Type != models.TypeBalance || event.Item != "85123A" || event.DC != "DC-LON" || event.Sequence != "1" || string(event.Data) != `{"n":0}` {
		t.Errorf("event %+v, data %s", event, event.Data)
	}
}
