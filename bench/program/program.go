// Package program starts the real binary for those who measure it, with a
// private Postgres, on a directory of its own.
package program

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
	callWithin  = 10 * time.Second
)

// ErrEnded says that the program ended although nobody told it to.
var ErrEnded = errors.New("the program ended by itself")

// Program is a running tower. DB is its own database.
type Program struct {
	DB   *store.DB
	URL  string // where it answers
	HTTP *http.Client

	binary string
	cmd    *exec.Cmd
	dir    string
	ended  chan struct{}
}

var readyLine = regexp.MustCompile(`Throughline is ready: (http://[0-9.:]+)`)

// Start runs a command of the binary and returns when the tower is ready. each
// is told the lines that it prints until then; nil for nobody.
func Start(ctx context.Context, binary string, each func(line string), command ...string) (_ *Program, err error) {
	p := &Program{binary: binary, ended: make(chan struct{}), HTTP: &http.Client{Timeout: callWithin}}
	if p.dir, err = os.MkdirTemp("", "throughline-bench-"); err != nil {
		return nil, err
	}
	p.cmd = exec.Command(binary, append([]string{"--data", p.dir, "--log-level", "info"}, command...)...) //nolint:noctx // ended by Stop
	p.cmd.Env = append(os.Environ(), "THROUGHLINE_ADDR=127.0.0.1:0", "DATABASE_URL=")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is ours to pass on
	output, write := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = write, write
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	go func() {
		_ = p.cmd.Wait() // how it ended says nothing; that it ended does
		close(p.ended)
		_ = write.Close()
	}()
	if err := p.meet(ctx, output, each); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// meet waits until the tower is ready and opens its database.
func (p *Program) meet(ctx context.Context, output io.Reader, each func(string)) error {
	ready := make(chan string, 1)
	go func() {
		defer close(ready)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if each != nil {
				each(lines.Text())
			}
			if found := readyLine.FindStringSubmatch(lines.Text()); found != nil {
				ready <- found[1]
				each = nil
			}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	select {
	case <-ctx.Done():
		return fmt.Errorf("the tower did not get ready: %w", ctx.Err())
	case p.URL = <-ready:
	}
	if p.URL == "" {
		return ErrEnded
	}
	dsn, ok, err := localpg.Running(filepath.Join(p.dir, "postgres"), "postgres")
	if err != nil || !ok {
		return errors.Join(errors.New("the tower's database does not answer"), err)
	}
	p.DB, err = store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 2})
	return err
}

// Say runs another command of the binary on the same data and returns what it prints.
func (p *Program) Say(ctx context.Context, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, p.binary, append([]string{"--data", p.dir}, command...)...)
	cmd.Env = append(os.Environ(), "DATABASE_URL=")
	out, err := cmd.Output()
	if exited, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%v: %w: %s", command, err, exited.Stderr)
	}
	return string(out), err
}

// Ended is closed when the program has ended.
func (p *Program) Ended() <-chan struct{} { return p.ended }

// Stop ends the program and removes what it kept.
func (p *Program) Stop() error {
	if p.DB != nil {
		p.DB.Close()
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(stopWithin):
		return fmt.Errorf("the tower does not end: process %d, data in %s", p.cmd.Process.Pid, p.dir)
	}
	return os.RemoveAll(p.dir)
}
