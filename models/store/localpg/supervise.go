package localpg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"syscall"
	"time"
)

const (
	minPause = 100 * time.Millisecond
	maxPause = 10 * time.Second
	steady   = time.Minute // a run of this length ends a series of failures
)

// supervise owns the server from its first start to its last end. It never
// gives its OS thread back: the children's lives are tied to it.
func (s *Server) supervise(ctx context.Context) {
	runtime.LockOSThread()
	defer close(s.done)
	defer s.release()
	pause := minPause
	for {
		began := time.Now()
		err := s.run(ctx)
		if !s.up.Load() {
			s.started <- err
			return
		}
		if ctx.Err() != nil {
			s.log.Info("private Postgres stopped", slog.String("dir", s.cluster.dir))
			return
		}
		if time.Since(began) > steady {
			pause = minPause
		}
		s.log.Error("the private Postgres ended by itself and is started again",
			slog.Any("error", err), slog.Duration("pause", pause))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, maxPause)
	}
}

func (s *Server) release() {
	s.stop()
	err := errors.Join(os.RemoveAll(s.sockets), s.lock.Close())
	if err != nil {
		s.log.Warn("tidying up after the private Postgres", slog.Any("error", err))
	}
}

// run starts the server, making its cluster first when there is none, and
// returns when it has ended, which is always an error.
func (s *Server) run(ctx context.Context) error {
	if err := s.clear(ctx); err != nil {
		return err
	}
	major, err := s.cluster.major()
	if err != nil {
		return err
	}
	if major == 0 {
		s.log.Info("making a private Postgres cluster", slog.String("dir", s.cluster.dir), slog.String("version", s.bin.Version))
		if err := s.create(ctx); err != nil {
			return err
		}
	}
	return s.serve(ctx)
}

func (s *Server) serve(ctx context.Context) error {
	arg, extra, err := s.account.directoryArgument(s.cluster.data)
	if err != nil {
		return err
	}
	defer closeAll(extra)
	args := append([]string{"-D", arg}, arguments(s.settings)...)
	out := &serverLog{log: s.log}
	// Its end is told by attend, which knows how to end it well.
	cmd := s.account.command(context.WithoutCancel(ctx), s.sockets, s.bin.Path("postgres"), args...)
	cmd.ExtraFiles, cmd.Stderr = extra, out
	if err := cmd.Start(); err != nil {
		return err
	}
	ended, attended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(attended)
		s.attend(ctx, cmd.Process, ended)
	}()
	err = cmd.Wait()
	close(ended)
	<-attended
	if err == nil {
		err = errors.New("it was told to shut down")
	}
	return fmt.Errorf("postgres: %w: %s", err, out.tail())
}

// attend reports when the server is ready and passes on the wish to end it.
func (s *Server) attend(ctx context.Context, server *os.Process, ended <-chan struct{}) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	stop, force := ctx.Done(), (<-chan struct{})(s.force)
	for {
		select {
		case <-tick.C:
			if s.cluster.accepts(server.Pid) {
				tick.Stop()
				s.announce(server.Pid)
			}
		case <-stop:
			stop = nil
			_ = server.Signal(syscall.SIGINT) // an ended one needs no signal
		case <-force:
			force = nil
			_ = server.Signal(syscall.SIGQUIT)
		case <-ended:
			return
		}
	}
}

func (s *Server) announce(pid int) {
	s.log.Info("private Postgres ready", slog.String("dir", s.cluster.dir),
		slog.String("version", s.bin.Version), slog.String("user", s.account.name), slog.Int("pid", pid))
	if s.up.CompareAndSwap(false, true) {
		s.started <- nil
	}
}
