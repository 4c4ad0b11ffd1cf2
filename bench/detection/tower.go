package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/localpg"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
)

const (
	startWithin = 3 * time.Minute
	stopWithin  = 30 * time.Second
)

// tower is the running demo: the tower, its database and its systems.
type tower struct {
	cmd     *exec.Cmd
	dir     string
	ended   chan error
	control string
	db      *store.DB
	http    *http.Client
}

var (
	controlLine = regexp.MustCompile(`"control":"(http://[0-9.:]+)"`)
	readyLine   = regexp.MustCompile(`Throughline is ready`)
)

// startTower starts the demo on a directory and a database of its own.
func startTower(ctx context.Context, o options) (_ *tower, err error) {
	t := &tower{ended: make(chan error, 1), http: &http.Client{Timeout: 10 * time.Second}}
	if t.dir, err = os.MkdirTemp("", "throughline-detection-"); err != nil {
		return nil, err
	}
	t.cmd = exec.Command(o.program, "--data", t.dir, "--log-level", "info", "demo", "--no-faults", //nolint:noctx // ended by stop
		"--day", o.day.String(), "--seed", strconv.FormatUint(o.seed, 10))
	t.cmd.Env = append(os.Environ(), "THROUGHLINE_ADDR=127.0.0.1:0", "DATABASE_URL=")
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is ours to pass on
	output, write := io.Pipe()
	t.cmd.Stdout, t.cmd.Stderr = write, write
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		t.ended <- t.cmd.Wait()
		_ = write.Close()
	}()
	if err := t.meet(ctx, output); err != nil {
		return nil, errors.Join(err, t.stop())
	}
	return t, nil
}

// meet waits until the demo is ready and learns where its parts are.
func (t *tower) meet(ctx context.Context, output io.Reader) error {
	ready := make(chan string, 1)
	go func() {
		control := ""
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if found := controlLine.FindStringSubmatch(lines.Text()); found != nil {
				control = found[1]
			}
			if readyLine.MatchString(lines.Text()) {
				ready <- control
			}
		}
		close(ready)
	}()
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	select {
	case <-ctx.Done():
		return fmt.Errorf("the demo did not get ready: %w", ctx.Err())
	case t.control = <-ready:
	}
	if t.control == "" {
		return errors.New("the demo ended, or did not say where its systems are controlled")
	}
	dsn, ok, err := localpg.Running(filepath.Join(t.dir, "postgres"), "postgres")
	if err != nil || !ok {
		return errors.Join(errors.New("the demo's database does not answer"), err)
	}
	t.db, err = store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 2})
	return err
}

// stop ends the demo and removes what it kept.
func (t *tower) stop() error {
	if t.db != nil {
		t.db.Close()
	}
	_ = t.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-t.ended: //nolint:errcheck // how a demo that was told to stop ends says nothing
	case <-time.After(stopWithin):
		return fmt.Errorf("the demo does not end: process %d, data in %s", t.cmd.Process.Pid, t.dir)
	}
	return os.RemoveAll(t.dir)
}

// inject breaks something. refused says that there is nothing to break it on.
func (t *tower) inject(ctx context.Context, b breakage) (refused bool, err error) {
	path := "/faults/" + b.fault
	if b.lasts > 0 {
		path += "?for=" + b.lasts.String()
	}
	err = t.ask(ctx, http.MethodPost, path, nil)
	if answered, ok := errors.AsType[*refusal](err); ok && answered.status == http.StatusConflict {
		return true, nil
	}
	return false, err
}

// faults is the systems' log of what was broken, oldest first.
func (t *tower) faults(ctx context.Context) ([]fault.Entry, error) {
	var board struct{ Log []fault.Entry }
	if err := t.ask(ctx, http.MethodGet, "/faults", &board); err != nil {
		return nil, err
	}
	oldest := make([]fault.Entry, 0, len(board.Log))
	for i := range board.Log {
		oldest = append(oldest, board.Log[len(board.Log)-1-i])
	}
	return oldest, nil
}

func (t *tower) truth(ctx context.Context) (erp.Truth, error) {
	var truth erp.Truth
	return truth, t.ask(ctx, http.MethodGet, "/truth", &truth)
}

func (t *tower) clock(ctx context.Context) (models.BusinessClock, error) {
	var clock models.BusinessClock
	return clock, t.ask(ctx, http.MethodGet, "/clock", &clock)
}

// unsent is how many events the systems have not sent yet.
func (t *tower) unsent(ctx context.Context) (int64, error) {
	var systems map[string]struct{ Waiting int64 }
	err := t.ask(ctx, http.MethodGet, "/outbox", &systems)
	var n int64
	for _, s := range systems {
		n += s.Waiting
	}
	return n, err
}

type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the demo's systems answered %d: %s", r.status, r.text)
}

func (t *tower) ask(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, t.control+path, nil)
	if err != nil {
		return err
	}
	res, err := t.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1024))
		return &refusal{res.StatusCode, string(text)}
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
