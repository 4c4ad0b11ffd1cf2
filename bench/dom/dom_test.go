// Package dom measures how long a person waits: from the POST of an event to
// the moment at which an open page shows it, beside a bare page whose server
// does nothing but store the row and write to the socket.
package dom

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/e2e/browser"
	"throughline/e2e/program"
)

func TestMain(m *testing.M) { program.Main(m) }

// watchCount notes at which moment an element showed which count.
const watchCount = `(() => {
	window.shown = {};
	const look = () => {
		const n = document.querySelector(%q)?.textContent.replace(/\D/g, "") || "0";
		window.shown[n] ??= performance.timeOrigin + performance.now();
	};
	look();
	new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
	return true;
})()`

// BenchmarkPostToDOM sends one event after the other, at moments that have
// nothing to do with the page's rhythm. Its operations are events; the times of
// interest are the metrics.
func BenchmarkPostToDOM(b *testing.B) {
	w := program.New(b)
	w.Start("serve")
	password := strings.TrimSpace(w.MustRun("user", "add", "ann", "--role", "it"))
	key := strings.TrimSpace(w.MustRun("key", "add", "--source", "erp", "--no-interval", "a test"))
	chromium := browser.Open(b)

	tab := chromium.Tab(b, w.URL())
	tab.SignIn("ann", password)
	tab.Goto("/overview")
	tab.WaitLive()
	report(b, "tower", measure(b, tab, ".books b", func(n int) error { return postEvent(w.URL(), key, n) }))

	bare := startBare(b, w.DSN())
	tab = chromium.Tab(b, bare.url)
	tab.Goto("/")
	tab.Wait("the socket", "window.open === true")
	report(b, "floor", measure(b, tab, "#count", bare.insert))
}

// measure returns the times from the beginning of each send to its count in the page.
func measure(b *testing.B, tab *browser.Tab, css string, send func(n int) error) []time.Duration {
	b.Helper()
	browser.Eval[bool](tab, fmt.Sprintf(watchCount, css))
	began := make([]time.Time, b.N+1)
	for n := 1; n <= b.N; n++ {
		began[n] = time.Now()
		if err := send(n); err != nil {
			b.Fatal(err)
		}
		tab.Wait("the count", fmt.Sprintf("Object.keys(window.shown).some((n) => Number(n) >= %d)", n))
		pause := time.NewTimer(time.Duration(rand.IntN(400)) * time.Millisecond)
		<-pause.C
	}
	shown := browser.Eval[map[string]float64](tab, "window.shown")
	var took []time.Duration
	for text, at := range shown {
		if n, err := strconv.Atoi(text); err == nil && n > 0 && n <= b.N {
			took = append(took, time.UnixMicro(int64(at*1000)).Sub(began[n]))
		}
	}
	return took
}

func report(b *testing.B, name string, took []time.Duration) {
	b.Helper()
	if len(took) == 0 {
		b.Fatalf("%s: the page showed nothing", name)
	}
	slices.Sort(took)
	at := func(q int) float64 { return float64(took[(len(took)-1)*q/100].Microseconds()) / 1000 }
	b.ReportMetric(at(50), name+"-p50-ms")
	b.ReportMetric(at(99), name+"-p99-ms")
}

func postEvent(url, key string, n int) error {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	body := fmt.Sprintf(`{"specversion":"1.0","id":"%d","source":"erp","type":"throughline.location.changed.v1","time":%q,
		"data":{"dc":"DC-1","name":"Bristol","time_zone":"Europe/London","version":%d}}`, n, now, n)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+"/api/v1/events", bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/cloudevents+json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the tower answered %s", res.Status)
	}
	return nil
}

func connect(b *testing.B, dsn string) *pgx.Conn {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), dsn)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(context.WithoutCancel(b.Context())) })
	return conn
}
