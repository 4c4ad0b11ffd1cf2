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
func startTower(ctx context.Context, o options, r *replay) (_ *tower, err error) {
	t := &tower{ended: make(chan error, 1), http: &http.Client{Timeout: 10 * time.Second}}
	if t.dir, err = os.MkdirTemp("", "throughline-peaks-"); err != nil {
		return nil, err
	}
	args := []string{
		"--data", t.dir, "--log-level", "info", "demo", "--no-faults",
		"--day", r.day.String(), "--seed", strconv.FormatUint(o.seed, 10),
	}
	if !r.start.IsZero() {
		args = append(args, "--start", r.start.Format("2006-01-02T15:04"))
	}
	t.cmd = exec.Command(o.program, args...) //nolint:noctx // ended by stop
	t.cmd.Env = append(os.Environ(), "THROUGHLINE_ADDR=127.0.0.1:0", "DATABASE_URL=")
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is ours to pass on
	output, write := io.Pipe()
	t.cmd.Stdout, t.cmd.Stderr = write, write
	if err := t.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(t.dir))
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

// press breaks or makes something at once. refused says that there is nothing
// to do it to.
func (t *tower) press(ctx context.Context, button string) (refused bool, err error) {
	status, err := t.ask(ctx, http.MethodPost, "/faults/"+button, nil)
	if status == http.StatusConflict {
		return true, nil
	}
	return false, err
}

func (t *tower) clock(ctx context.Context) (models.BusinessClock, error) {
	var clock models.BusinessClock
	_, err := t.ask(ctx, http.MethodGet, "/clock", &clock)
	return clock, err
}

// unsent is how many events the systems have not sent yet.
func (t *tower) unsent(ctx context.Context) (int64, error) {
	var systems map[string]struct{ Waiting int64 }
	_, err := t.ask(ctx, http.MethodGet, "/outbox", &systems)
	var n int64
	for _, s := range systems {
		n += s.Waiting
	}
	return n, err
}

// ask calls the systems' control server; into may be nil. A status of 400 or
// more is an error.
func (t *tower) ask(ctx context.Context, method, path string, into any) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, t.control+path, nil)
	if err != nil {
		return 0, err
	}
	res, err := t.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1024))
		return res.StatusCode, fmt.Errorf("the demo's systems answered %d: %s", res.StatusCode, text)
	}
	if into == nil {
		return res.StatusCode, nil
	}
	return res.StatusCode, json.NewDecoder(res.Body).Decode(into)
}
