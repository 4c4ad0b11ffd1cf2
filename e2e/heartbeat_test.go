package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/e2e/program"
)

// watcher is a dead man's switch: it calls a tower ill that was not heard for a while.
type watcher struct {
	*httptest.Server
	heard atomic.Int64 // Unix nanoseconds
}

func newWatcher(t *testing.T) *watcher {
	t.Helper()
	w := &watcher{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { w.heard.Store(time.Now().UnixNano()) }))
	t.Cleanup(w.Close)
	return w
}

// period is how often the tower of these tests beats, patience how long a part of
// its engine may have no good round.
const (
	period   = time.Second
	patience = 3 * time.Second
)

// wait waits until the watcher calls the tower ill, or well again.
func (w *watcher) wait(t *testing.T, well bool, why string) {
	t.Helper()
	const grace = 5 * period
	program.Eventually(t, why, func() bool {
		since := time.Since(time.Unix(0, w.heard.Load()))
		return well && since < period || !well && since > grace
	})
}

// TestATowerThatHangsIsSeenFromOutside stops the whole process, and then one part of
// its engine alone, which waits for a table that a session of ours has locked: a
// watcher outside misses its heartbeat each time, and hears it again afterwards. The
// windows are a twentieth of those that hold where nobody says.
func TestATowerThatHangsIsSeenFromOutside(t *testing.T) {
	watcher := newWatcher(t)
	w := program.New(t)
	w.Start("serve", "--heartbeat-url", watcher.URL, "--heartbeat-every", period.String(), "--worker-patience", patience.String(), "--allow-private", "127.0.0.0/8")
	key := strings.TrimSpace(w.MustRun("key", "add", "--source", "erp", "--no-interval", "a test"))
	watcher.wait(t, true, "the tower to be well")

	w.Signal(syscall.SIGSTOP)
	watcher.wait(t, false, "the silence of a process that stands")
	w.Signal(syscall.SIGCONT)
	watcher.wait(t, true, "the process to be heard again")

	conn, err := pgx.Connect(t.Context(), w.DSN())
	if err != nil {
		t.Fatal(err)
	}
	lock, err := conn.Begin(t.Context())
	if err == nil {
		_, err = lock.Exec(t.Context(), `LOCK TABLE items IN ACCESS EXCLUSIVE MODE`)
	}
	if err != nil {
		t.Fatal(err)
	}
	if answer := post(t, w.URL(), key, "["+item("erp", "1", "A-100", 1)+"]"); answer.status != http.StatusAccepted {
		t.Fatalf("%+v", answer)
	}
	watcher.wait(t, false, "the silence of a tower whose apply hangs")
	if status, body := read(t, w, key, "/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "apply") {
		t.Errorf("the tower is answered for with %d: %s", status, body)
	}
	if err := conn.Close(t.Context()); err != nil { // which gives the lock back
		t.Fatal(err)
	}
	watcher.wait(t, true, "the tower to be well after the lock")
	program.Eventually(t, "the event to take effect", func() bool { return ready(w) })
}
