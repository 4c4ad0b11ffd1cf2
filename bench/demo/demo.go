// Package demo starts the real program's demo for those who measure it: the
// tower, a private Postgres and the simulated systems, on a directory of their own.
package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"throughline/models/store"
	"throughline/models/store/localpg"
)

const (
	startWithin = 3 * time.Minute
	stopWithin  = 30 * time.Second
)

// ErrEnded says that the demo ended although nobody told it to.
var ErrEnded = errors.New("the demo ended by itself")

// Demo is a running demo. DB is the tower's own database.
type Demo struct {
	DB *store.DB

	cmd     *exec.Cmd
	dir     string
	ended   chan struct{}
	control string
	http    *http.Client
}

var (
	controlLine = regexp.MustCompile(`"control":"(http://[0-9.:]+)"`)
	readyLine   = regexp.MustCompile(`Throughline is ready`)
)

// Start runs a program's demo command with args, without faults that come by
// themselves, and returns when it is ready.
func Start(ctx context.Context, program string, args ...string) (_ *Demo, err error) {
	d := &Demo{ended: make(chan struct{}), http: &http.Client{Timeout: 10 * time.Second}}
	if d.dir, err = os.MkdirTemp("", "throughline-bench-"); err != nil {
		return nil, err
	}
	args = append([]string{"--data", d.dir, "--log-level", "info", "demo", "--no-faults"}, args...)
	d.cmd = exec.Command(program, args...) //nolint:noctx // ended by Stop
	d.cmd.Env = append(os.Environ(), "THROUGHLINE_ADDR=127.0.0.1:0", "DATABASE_URL=")
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is ours to pass on
	output, write := io.Pipe()
	d.cmd.Stdout, d.cmd.Stderr = write, write
	if err := d.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(d.dir))
	}
	go func() {
		_ = d.cmd.Wait() // how it ended says nothing; that it ended does
		close(d.ended)
		_ = write.Close()
	}()
	if err := d.meet(ctx, output); err != nil {
		return nil, errors.Join(err, d.Stop())
	}
	return d, nil
}

// meet waits until the demo is ready and learns where its parts are.
func (d *Demo) meet(ctx context.Context, output io.Reader) error {
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
	case d.control = <-ready:
	}
	if d.control == "" {
		return errors.New("the demo ended, or did not say where its systems are controlled")
	}
	dsn, ok, err := localpg.Running(filepath.Join(d.dir, "postgres"), "postgres")
	if err != nil || !ok {
		return errors.Join(errors.New("the demo's database does not answer"), err)
	}
	d.DB, err = store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 2})
	return err
}

// Ended is closed when the program has ended.
func (d *Demo) Ended() <-chan struct{} { return d.ended }

// Stop ends the demo and removes what it kept.
func (d *Demo) Stop() error {
	if d.DB != nil {
		d.DB.Close()
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(stopWithin):
		return fmt.Errorf("the demo does not end: process %d, data in %s", d.cmd.Process.Pid, d.dir)
	}
	return os.RemoveAll(d.dir)
}
