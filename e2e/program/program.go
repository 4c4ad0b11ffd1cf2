// Package program runs the real binary for whole-program tests: built once,
// started on a directory of its own, killed without mercy.
package program

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"throughline/models/store/localpg"
)

// Patience is how long something may take on a busy machine.
const Patience = 3 * time.Minute

// DemoPassword opens the demo's accounts.
const DemoPassword = "throughline-demo"

// Tower is one directory and the program that runs on it, if it does.
type Tower struct {
	Data     string
	Database string // DATABASE_URL; empty for a private Postgres
	t        testing.TB
	bin      string
	env      []string // beside the test's own

	cmd    *exec.Cmd
	output *output
	ended  chan struct{}
	err    error
}

// New makes a tower that does not run. What runs at the test's end is killed.
func New(t testing.TB) *Tower {
	t.Helper()
	return newTower(t, Binary(t))
}

func newTower(t testing.TB, binary string) *Tower {
	t.Helper()
	w := &Tower{Data: filepath.Join(t.TempDir(), "data"), t: t, bin: binary}
	t.Cleanup(func() {
		if w.cmd != nil {
			w.KillAll()
		}
		if t.Failed() && w.output != nil {
			t.Logf("the tower's last words:\n%s", w.output.tail(60))
		}
	})
	return w
}

var readyLine = regexp.MustCompile(`Throughline is ready: (http://\S+)`)

// Start runs a command that serves and waits until it is ready.
func (w *Tower) Start(args ...string) {
	w.t.Helper()
	w.Launch(args...)
	if w.URL() == "" {
		w.t.Fatalf("the tower did not get ready:\n%s", w.output.tail(40))
	}
}

// Launch runs a command that serves, without waiting.
func (w *Tower) Launch(args ...string) {
	w.t.Helper()
	if w.cmd != nil {
		w.t.Fatal("the tower runs already")
	}
	cmd := exec.Command(w.bin, append([]string{"--data", w.Data, "--log-level", "warn"}, args...)...) //nolint:noctx // ended by Stop or Kill
	cmd.Env = append(w.environ(), "THROUGHLINE_ADDR=127.0.0.1:0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	w.output = &output{}
	cmd.Stdout, cmd.Stderr = w.output, w.output
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.cmd, w.ended = cmd, make(chan struct{})
	go func() {
		w.err = cmd.Wait()
		close(w.ended)
	}()
}

func (w *Tower) environ() []string {
	return append(append(os.Environ(), "DATABASE_URL="+w.Database), w.env...)
}

// URL waits for the tower's address; empty when it ended before it was ready.
func (w *Tower) URL() string { return w.printed(readyLine) }

// printed waits until the output holds a line and gives its first group.
func (w *Tower) printed(line *regexp.Regexp) string {
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		found, more := w.output.find(line)
		if found != "" {
			return found
		}
		select {
		case <-more:
		case <-w.ended:
			found, _ = w.output.find(line)
			return found
		case <-deadline.C:
			return ""
		}
	}
}

// Output is everything that the tower has said.
func (w *Tower) Output() string { return w.output.tail(1 << 20) }

// Signal sends a signal to the tower alone.
func (w *Tower) Signal(sig syscall.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(sig); err != nil {
		w.t.Fatal(err)
	}
}

// SignalGroup sends a signal to the tower and to what it started, as a terminal does.
func (w *Tower) SignalGroup(sig syscall.Signal) {
	w.t.Helper()
	if err := syscall.Kill(-w.cmd.Process.Pid, sig); err != nil {
		w.t.Fatal(err)
	}
}

// Wait waits until the tower has ended and gives its exit.
func (w *Tower) Wait() error {
	w.t.Helper()
	select {
	case <-w.ended:
	case <-time.After(Patience):
		w.t.Fatal("the tower does not end")
	}
	w.cmd = nil
	return w.err
}

// Kill is kill -9 of the tower alone.
func (w *Tower) Kill() {
	w.t.Helper()
	_ = w.cmd.Process.Kill()
	_ = w.Wait()
}

// KillAll is kill -9 of the tower and of everything that it started.
func (w *Tower) KillAll() {
	w.t.Helper()
	for _, pid := range descendants(w.cmd.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = w.cmd.Process.Kill()
	_ = w.Wait()
}

// DSN is the address of the tower's database, the private Postgres while it runs.
func (w *Tower) DSN() string {
	w.t.Helper()
	if w.Database != "" {
		return w.Database
	}
	dsn, ok, err := localpg.Running(filepath.Join(w.Data, "postgres"), "postgres")
	if err != nil || !ok {
		w.t.Fatalf("the private Postgres does not answer: %v", err)
	}
	return dsn
}

// Run runs a short command to its end and gives what it printed.
func (w *Tower) Run(args ...string) (stdout, stderr string, err error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.bin, append([]string{"--data", w.Data}, args...)...)
	cmd.Env = w.environ()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	return out.String(), errOut.String(), err
}

// MustRun is Run for what must not fail; it gives the standard output.
func (w *Tower) MustRun(args ...string) string {
	w.t.Helper()
	stdout, stderr, err := w.Run(args...)
	if err != nil {
		w.t.Fatalf("throughline %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return stdout
}

// Get reads JSON from a URL with a bearer token.
func Get[T any](t testing.TB, url, token string) (T, error) {
	t.Helper()
	var value T
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return value, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Timeout: 20 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return value, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(res.Body, 2048))
		return value, fmt.Errorf("%s: %s %s", url, res.Status, body)
	}
	return value, json.NewDecoder(res.Body).Decode(&value)
}

// output gathers what a process says and tells who waits for more of it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more != nil {
		close(o.more)
		o.more = nil
	}
	return o.text.Write(p)
}

func (o *output) find(line *regexp.Regexp) (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if found := line.FindSubmatch(o.text.Bytes()); found != nil {
		return string(found[1]), nil
	}
	if o.more == nil {
		o.more = make(chan struct{})
	}
	return "", o.more
}

func (o *output) tail(lines int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []string
	for scan := bufio.NewScanner(bytes.NewReader(o.text.Bytes())); scan.Scan(); {
		all = append(all, scan.Text())
	}
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Eventually polls until a condition holds.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); <-tick.C {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// FreeAddr is an address on the loopback that is free at this moment.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // local, at once
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
