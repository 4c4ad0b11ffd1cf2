package erp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
)

const (
	token = "secret"
	items = 30 // of the demo data, to be quick
	// countEvery is so rare that some of them are not counted soon.
	countEvery = time.Minute
)

// bench is an ERP in a parallel test with a clock that only the test moves. Business time is real
// time from the start on, unless the test asks for other days.
type bench struct {
	trace string // context of its calls; empty for none
	t     *testing.T
	dsn   string
	day   time.Duration
	real  time.Time
	db    *pgxpool.Pool
	clock *calendar.Clock
	data  *demodata.Data
	board *fault.Board
	erp   *erp.ERP
	url   string
	tower *towertest.Tower
	send  *outbox.Sender
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchOfDays(t, day)
}

// newBenchOfDays has business days of another real length.
func newBenchOfDays(t *testing.T, day time.Duration) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, day: day, dsn: storetest.DSN(t), real: time.Now(), tower: towertest.New(t)}
	b.start()
	return b
}

// start starts the ERP on what the database holds, as after a kill -9.
func (b *bench) start() {
	b.t.Helper()
	ctx, quiet := b.t.Context(), slog.New(slog.DiscardHandler)
	now := func() time.Time { return b.real }
	var err error
	fail := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	b.db, err = simdb.Open(ctx, b.dsn)
	fail(err)
	b.t.Cleanup(b.db.Close)
	b.data, err = demodata.Load()
	fail(err)
	b.data.Items = b.data.Items[:items]
	b.clock, err = calendar.Load(ctx, b.db, b.day, now)
	fail(err)
	b.board, err = fault.NewBoard(ctx, b.db, nil, now, quiet)
	fail(err)
	b.erp, err = erp.New(ctx, erp.Config{DB: b.db, Data: b.data, Clock: b.clock, Board: b.board, Token: token, Logger: quiet, CountEvery: countEvery})
	fail(err)
	b.send, err = outbox.NewSender(ctx, outbox.Config{Source: erp.Source, TowerURL: b.tower.URL, Key: "k", DB: b.db, Logger: quiet})
	fail(err)
	server := httptest.NewServer(b.erp.Handler())
	b.t.Cleanup(server.Close)
	b.url = server.URL
}

// pass lets time pass, the ERP do what is due and the tower hear of it.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	b.real = b.real.Add(d)
	if err := b.erp.Advance(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.publish()
}

func (b *bench) publish() {
	b.t.Helper()
	for more := true; more; {
		var err error
		if more, err = b.send.RunOnce(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// told is every event of a type that the tower has.
func told[T any](b *bench, kind models.EventType) []T {
	b.t.Helper()
	var all []T
	for _, event := range b.tower.Events() {
		if event.Type == kind {
			all = append(all, towertest.Data[T](b.t, event))
		}
	}
	return all
}

type answer struct {
	status int
	Number string
	State  string
	Code   string
	Orders []struct{ Number string }

	Version int64 // of a balance
}

func (b *bench) call(method, path string, body any) answer {
	b.t.Helper()
	a, err := b.try(method, path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bench) try(method, path string, body any) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Traceparent", b.trace)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil && !errors.Is(err, io.EOF) {
		return a, err
	}
	return a, nil
}

// order is a purchase of one pack of the first item.
func (b *bench) order(reference string) map[string]any {
	item := b.data.Items[0]
	return map[string]any{
		"reference": reference, "supplier": item.Supplier, "dc": "DC-LON", "currency": "GBP",
		"lines": []map[string]any{{
			"line": 1, "item": item.Code, "quantity": "48", "unit": "EA", "unit_price": item.Cost, "need_by": "2026-06-20",
		}},
	}
}

func (b *bench) trigger(name string) string {
	b.t.Helper()
	entry, err := b.board.Trigger(b.t.Context(), name, fault.ByRequest)
	if err != nil {
		b.t.Fatal(err)
	}
	return entry.Target
}
