package ingest_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/eventlog"
)

// memoryLog accepts everything without a database, so that fuzzing is fast.
type memoryLog struct{ t testing.TB }

func (m memoryLog) Append(_ context.Context, entries []store.Entry) ([]eventlog.Outcome, error) {
	outcomes := make([]eventlog.Outcome, len(entries))
	for i := range entries {
		e := &entries[i]
		if e.ID == "" || e.Key == "" || e.Source != "erp" || !json.Valid([]byte(e.Data)) ||
			(e.Extensions != "" && !json.Valid([]byte(e.Extensions))) || strings.ContainsRune(e.ID+e.Subject+e.Key+e.Item+e.DC, 0) {
			m.t.Errorf("this was accepted: %+v", e.Event)
		}
		outcomes[i] = eventlog.Outcome{Status: models.IntakeAccepted, Seq: int64(i + 1)}
	}
	return outcomes, nil
}

// check posts a body in a mode and holds the answer to what every answer must be.
func (d *door) check(mode int, body []byte) {
	d.t.Helper()
	r := request{key: d.key, contentType: []string{structured, batched, "application/json", "text/plain"}[mode&3], body: body}
	if mode&4 != 0 {
		r.header = map[string]string{"Content-Encoding": "gzip"}
	}
	if mode&8 != 0 {
		r.header = map[string]string{"ce-specversion": "1.0", "ce-id": "1", "ce-source": "erp", "ce-type": string(models.TypeBalance), "ce-x": "%"}
	}
	got := d.post(r)
	switch got.Status {
	case 202, 400, 403, 413, 415, 422:
	default:
		d.t.Errorf("answered %d for mode %d: %q", got.Status, mode, body)
	}
	for _, result := range got.Results {
		if result.Status == models.IntakeRejected && len(result.Errors) == 0 {
			d.t.Errorf("rejected without a reason: %q", body)
		}
	}
}

// TestTenThousandBrokenBodies changes good bodies at random: each is answered
// clearly, and none leaves a goroutine behind.
func TestTenThousandBrokenBodies(t *testing.T) {
	d := assemble(t, storetest.New(t), memoryLog{t})
	seeds := d.seeds()
	d.check(0, []byte(seeds[0])) // connections and caches are there from now on
	before := runtime.NumGoroutine()
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		body := []byte(seeds[random.IntN(len(seeds))])
		for range random.IntN(4) {
			body = damage(random, body)
		}
		mode := random.IntN(16)
		if mode&4 != 0 && random.IntN(2) == 0 {
			body = packed(t, body)
		}
		d.check(mode, body)
	}
	for range 100 { // let finished goroutines end
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	if after := runtime.NumGoroutine(); after > before+2 {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// seeds are good events of every type, alone and in batches.
func (d *door) seeds() []string {
	var all []string
	for _, typ := range models.EventTypes() {
		text, err := d.contracts.Schema(typ)
		if err != nil {
			d.t.Fatal(err)
		}
		var schema struct{ Examples []json.RawMessage }
		if err := json.Unmarshal(text, &schema); err != nil {
			d.t.Fatal(err)
		}
		for _, example := range schema.Examples {
			event := `{"specversion":"1.0","id":"1","source":"erp","type":"` + string(typ) + `","data":` + string(example) + `}`
			all = append(all, event, "["+event+","+event+"]")
		}
	}
	return append(all, balance("1", 1), "[]", "{}", "")
}

// damage makes one small or large change.
func damage(random *rand.Rand, body []byte) []byte {
	if len(body) == 0 {
		return []byte{byte(random.IntN(256))}
	}
	at := random.IntN(len(body))
	switch random.IntN(6) {
	case 0:
		return body[:at]
	case 1:
		return append(append(append([]byte{}, body[:at]...), byte(random.IntN(256))), body[at:]...)
	case 2:
		return append(append([]byte{}, body[:at]...), body[min(at+1+random.IntN(8), len(body)):]...)
	case 3:
		parts := []string{`"`, `{`, `}`, `[`, `]`, `,`, `:`, `null`, `1e999`, `\u0000`, `\ud800`, "\x00", "\xff", `-`, `"id":"2",`, strings.Repeat("[", 40)}
		return append(append(append([]byte{}, body[:at]...), parts[random.IntN(len(parts))]...), body[at:]...)
	case 4:
		return append(append([]byte{}, body...), body[:at]...)
	}
	changed := append([]byte{}, body...)
	changed[at] = byte(random.IntN(256))
	return changed
}

func FuzzIntake(f *testing.F) {
	d := assemble(f, storetest.New(f), memoryLog{f})
	for i, seed := range d.seeds() {
		f.Add(i&15, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, mode int, body []byte) {
		d.t = t
		d.check(mode, body)
	})
}

// BenchmarkAccept is the cost of the door without a database, per event of a batch of 500.
func BenchmarkAccept(b *testing.B) {
	d := assemble(b, storetest.New(b), memoryLog{b})
	events := make([]string, 500)
	for i := range events {
		events[i] = balance("id", i)
	}
	body := array(events...)
	b.ReportAllocs()
	for b.Loop() {
		answer, err := d.intake.Accept(b.Context(), models.IntakeRequest{
			Authorization: "Bearer " + d.key, Header: map[string][]string{"Content-Type": {batched}},
			Body: strings.NewReader(body), Length: int64(len(body)),
		})
		if err != nil || answer.Accepted != len(events) {
			b.Fatal(answer, err)
		}
	}
}
