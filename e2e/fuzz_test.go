package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"mime"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"throughline/e2e/program"
	"throughline/models"
)

const (
	fuzzSource  = "fuzz"
	fuzzBodies  = 10_000
	fuzzSenders = 8
)

// TestBrokenBodiesGetClearAnswers posts broken bodies to the real program: each
// is answered clearly, the program goes on as before, and keeps nothing of them.
func TestBrokenBodiesGetClearAnswers(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := program.New(t)
	profiles := program.FreeAddr(t)
	w.Start("serve", "--admin-addr", profiles)
	f := &fuzzer{
		t: t, url: w.URL() + "/api/v1/events", key: strings.TrimSpace(w.MustRun("key", "add", "--source", fuzzSource, "--no-interval", "a test")),
		http: &http.Client{Timeout: time.Minute}, events: examples(t, w),
	}
	f.send(seed, fuzzBodies/5) // connections, statements and caches are there from now on
	before := rest(t, w, profiles)
	f.send(seed+1, fuzzBodies)
	t.Logf("answered: %v", f.statuses)

	const slack = 16 << 20 // of what was not yet collected or is kept with a bound, as samples of refused events
	program.Eventually(t, "goroutines and memory to come back", func() bool {
		after := rest(t, w, profiles)
		return after["go_goroutines"] <= before["go_goroutines"] && after["go_memstats_heap_alloc_bytes"] <= before["go_memstats_heap_alloc_bytes"]+slack
	})
	load := startLoad(t, w)
	program.Eventually(t, "good events to be taken in", func() bool { return load.count() > 0 })
	db, accepted := open(t, w), load.stop()
	checkLog(t, db, accepted)
	checkBooks(t, db)
	if said := w.Output(); strings.Contains(said, "panic") {
		t.Errorf("it panicked:\n%s", said)
	}
}

// rest collects the garbage and reads the figures that are left.
func rest(t *testing.T, w *program.Tower, profiles string) map[string]float64 {
	t.Helper()
	res, err := http.Get("http://" + profiles + "/debug/pprof/heap?gc=1&debug=1")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return program.Metrics(t, w.URL())
}

// examples are one good event of each type, from the contracts that are served.
func examples(t *testing.T, w *program.Tower) []map[string]any {
	t.Helper()
	var events []map[string]any
	for _, typ := range models.EventTypes() {
		schema, err := program.Get[struct{ Examples []map[string]any }](t, w.URL()+"/contracts/"+string(typ), "")
		if err != nil || len(schema.Examples) == 0 {
			t.Fatalf("no example of %s: %v", typ, err)
		}
		for _, data := range schema.Examples {
			events = append(events, map[string]any{"specversion": "1.0", "source": fuzzSource, "type": typ, "data": data})
		}
	}
	return events
}

// fuzzer posts changed events and counts how they are answered.
type fuzzer struct {
	t        *testing.T
	url, key string
	http     *http.Client
	events   []map[string]any

	mu       sync.Mutex
	statuses map[int]int
}

// send posts n bodies over some connections.
func (f *fuzzer) send(seed uint64, n int) {
	f.statuses = map[int]int{}
	var senders sync.WaitGroup
	for sender := range fuzzSenders {
		random := rand.New(rand.NewPCG(seed, uint64(sender)))
		senders.Go(func() {
			for i := range n / fuzzSenders {
				f.post(random, fmt.Sprintf("%d-%d-%d", seed, sender, i))
			}
		})
	}
	senders.Wait()
}

// post sends one body and holds the answer to what every answer must be.
func (f *fuzzer) post(random *rand.Rand, id string) {
	body, media := f.body(random, id)
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url, bytes.NewReader(body))
	if err != nil {
		f.t.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+pick(random, f.key, f.key, f.key, f.key, f.key, f.key, f.key, f.key, f.key+"x"))
	req.Header.Set("Content-Type", pick(random, media, media, media, media, media, media, "application/json", "text/plain", "; charset"))
	if random.IntN(16) == 0 {
		req.Header.Set("Content-Encoding", "gzip")
	}
	res, err := f.http.Do(req)
	if err != nil {
		f.t.Errorf("no answer to %q: %v", body, err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	f.mu.Lock()
	f.statuses[res.StatusCode]++
	f.mu.Unlock()
	if fault := unclear(res); fault != "" {
		f.t.Errorf("%s to %s %q", fault, req.Header.Get("Content-Type"), body)
	}
}

// unclear says what is wrong with an answer: neither taken in nor a problem
// that says what to mend.
func unclear(res *http.Response) string {
	var said struct {
		Title, Detail string
		Status        int
		Results       []models.IntakeResult
	}
	text, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	media, _, mediaErr := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case err != nil || mediaErr != nil:
		return fmt.Sprintf("answer %d that cannot be read (%v, %v): %s", res.StatusCode, err, mediaErr, text)
	case res.StatusCode == http.StatusAccepted:
		return ""
	case res.StatusCode/100 != 4 || media != "application/problem+json" || said.Status != res.StatusCode || said.Title == "" || said.Detail == "":
		return fmt.Sprintf("answer %d %s: %s", res.StatusCode, media, text)
	}
	for _, result := range said.Results {
		if result.Status == models.IntakeRejected && len(result.Errors) == 0 {
			return fmt.Sprintf("a refusal without a reason: %s", text)
		}
	}
	return ""
}

// body is a good event, alone or in an array, that was changed in its values, in
// its bytes, or both, and its content type.
func (f *fuzzer) body(random *rand.Rand, id string) (text []byte, media string) {
	event := map[string]any{"id": id, "time": time.Now().UTC().Format(time.RFC3339Nano)}
	maps.Copy(event, f.events[random.IntN(len(f.events))])
	whole, media := twisted(random, event, random.IntN(3)), "application/cloudevents+json"
	if random.IntN(3) == 0 {
		whole, media = []any{whole, whole}, "application/cloudevents-batch+json"
	}
	text, err := json.Marshal(whole)
	if err != nil {
		f.t.Error(err)
	}
	for range random.IntN(3) {
		text = damaged(random, text)
	}
	if random.IntN(16) == 0 {
		text = packed(text)
	}
	return text, media
}

// twisted is a copy of a JSON value in which some values are none that anybody
// would send.
func twisted(random *rand.Rand, value any, times int) any {
	if times == 0 {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		changed := make(map[string]any, len(v))
		at := random.IntN(max(len(v), 1))
		for name, inner := range v {
			if at--; at == -1 {
				inner = twisted(random, twisted(random, inner, times-1), 1)
			}
			changed[name] = inner
		}
		return changed
	case []any:
		changed := append([]any{}, v...)
		if len(v) > 0 {
			at := random.IntN(len(v))
			changed[at] = twisted(random, v[at], times)
		}
		return changed
	}
	return pick[any](random, nil, "", "\x00", "a\x00b", "\ufffd", strings.Repeat("9", 400), strings.Repeat("x", 5000), -1, 1e300,
		json.Number("1e999"), json.Number("99999999999999999999"), "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30", true,
		[]any{}, map[string]any{}, "NaN", "-0", "1e5", "'; DROP TABLE events; --", "<script>")
}

// damaged makes one small or large change of the bytes.
func damaged(random *rand.Rand, text []byte) []byte {
	if len(text) == 0 {
		return []byte{byte(random.IntN(256))}
	}
	at := random.IntN(len(text))
	tail := append([]byte{}, text[at:]...)
	switch random.IntN(4) {
	case 0:
		return text[:at]
	case 1:
		tail[0] = byte(random.IntN(256))
		return append(text[:at:at], tail...)
	case 2:
		return append(text[:at:at], tail[min(1+random.IntN(8), len(tail)):]...)
	}
	part := pick(random, `"`, `{`, `]`, `,`, `null`, `\u0000`, `\ud800`, "\x00", "\xff", `-`, strings.Repeat("[", 400), strings.Repeat(`{"a":`, 400))
	return append(append(text[:at:at], part...), tail...)
}

func packed(text []byte) []byte {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	_, _ = zip.Write(text) // a buffer takes everything
	_ = zip.Close()
	return out.Bytes()
}

func pick[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }
