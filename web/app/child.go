package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	childPauseMin = 500 * time.Millisecond // before a child that ended is started again
	childPauseMax = 15 * time.Second
	childSteady   = 30 * time.Second // a child that ran so long was well
	childGrace    = 2500 * time.Millisecond
)

// child runs the simulate command, starts it again when it ends, and takes it
// down with the tower: by signal, by the end of its input, and on Linux by the
// kernel when the tower is killed.
type child struct {
	program  string
	settings simulatorSettings
	onReady  func(simulatorReady)
	log      *slog.Logger

	stop chan struct{}
	once sync.Once
	done chan struct{}
}

// startChild returns when the systems answer for the first time, or ctx ends.
func startChild(ctx context.Context, c *child) error {
	c.stop, c.done = make(chan struct{}), make(chan struct{})
	first := make(chan struct{})
	var once sync.Once
	ready := c.onReady
	c.onReady = func(r simulatorReady) { ready(r); once.Do(func() { close(first) }) }
	failed := make(chan error, 1)
	go c.supervise(failed)
	select {
	case <-first:
		return nil
	case err := <-failed:
		return errors.Join(err, c.Stop(ctx))
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.Stop(context.WithoutCancel(ctx)))
	}
}

// begin asks the child to end and does not wait.
func (c *child) begin() { c.once.Do(func() { close(c.stop) }) }

// Stop ends the child and waits until it is gone, no longer than ctx allows.
func (c *child) Stop(ctx context.Context) error {
	c.begin()
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the demo's systems did not stop in time: %w", ctx.Err())
	}
}

// supervise starts and waits on one thread, since Pdeathsig is the death of the
// thread that started the child. failed gets the error of a first start that
// ended before it was ready.
func (c *child) supervise(failed chan<- error) {
	runtime.LockOSThread()
	defer close(c.done)
	pause := childPauseMin
	for {
		began := time.Now()
		ready, err := c.run()
		select {
		case <-c.stop:
			return
		default:
		}
		if !ready && failed != nil {
			failed <- fmt.Errorf("the demo's systems did not start: %w", err)
			return
		}
		failed = nil
		c.log.Error("the demo's systems ended and are started again", slog.Any("error", err))
		if time.Since(began) > childSteady {
			pause = childPauseMin
		}
		select {
		case <-c.stop:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, childPauseMax)
	}
}

// run is one life of the child.
func (c *child) run() (ready bool, err error) {
	cmd := exec.Command(c.program, "simulate") //nolint:noctx // it ends by c.stop, in two steps
	cmd.SysProcAttr = childAttributes()
	cmd.Stderr = os.Stderr
	cmd.Env = childEnvironment()
	in, err := cmd.StdinPipe()
	if err != nil {
		return false, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	ended := make(chan struct{})
	go c.end(cmd, in, ended)
	err = json.NewEncoder(in).Encode(c.settings)
	if err == nil {
		ready, err = c.listen(out)
	}
	err = errors.Join(err, cmd.Wait())
	close(ended)
	return ready, err
}

// listen reads the child's one line, then its silence.
func (c *child) listen(out io.Reader) (ready bool, err error) {
	lines := bufio.NewReader(out)
	text, err := lines.ReadBytes('\n')
	if err != nil {
		return false, errors.New("it ended before it answered")
	}
	var r simulatorReady
	if err := json.Unmarshal(text, &r); err != nil {
		return false, fmt.Errorf("it said what we do not understand: %w", err)
	}
	c.onReady(r)
	_, err = io.Copy(io.Discard, lines)
	return true, err
}

// end asks the child to stop when the tower does, and kills it when it does not.
func (c *child) end(cmd *exec.Cmd, in io.Closer, ended <-chan struct{}) {
	select {
	case <-ended:
		return
	case <-c.stop:
	}
	_ = in.Close()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(childGrace):
		c.log.Warn("the demo's systems did not stop in time and were killed", slog.Duration("grace", childGrace))
		_ = cmd.Process.Kill()
	}
}

// childEnvironment keeps from the child what is the tower's business.
func childEnvironment() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ", "LANG", "THROUGHLINE_LOG", "GOCOVERDIR", "GORACE"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
