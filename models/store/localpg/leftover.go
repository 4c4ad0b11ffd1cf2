package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// poll is how often we look at what tells us nothing: another process's end,
// or the server's pid file.
const poll = 20 * time.Millisecond

// clear ends what an earlier server of this cluster left running, then removes
// the files that it left lying. Processes are known by where they work, never
// by a pid in a file: that number may be anyone's by now.
func (s *Server) clear(ctx context.Context) error {
	sides, err := s.cluster.sideDirs()
	if err != nil {
		return err
	}
	if err := s.endLeftovers(ctx, append(sides, s.cluster.data, s.sockets)); err != nil {
		return err
	}
	for _, side := range sides {
		if err := os.RemoveAll(side); err != nil {
			return fmt.Errorf("remove an unfinished database: %w", err)
		}
	}
	if err := os.Remove(filepath.Join(s.cluster.data, pidFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return removeSockets(s.sockets)
}

// endLeftovers asks the server, if it lives, for a fast shutdown, which the end
// of its supervisor has begun as a rule, and grows less polite with time. Its
// children end by themselves when it is gone.
func (s *Server) endLeftovers(ctx context.Context, dirs []string) error {
	steps := []struct {
		signal   syscall.Signal
		everyone bool
		patience time.Duration
	}{
		{syscall.SIGINT, false, 30 * time.Second},
		{syscall.SIGQUIT, true, 10 * time.Second},
		{syscall.SIGKILL, true, 10 * time.Second},
	}
	for _, step := range steps {
		pids, err := s.account.processesIn(dirs)
		if err != nil || len(pids) == 0 {
			return err
		}
		s.log.Warn("ending what an earlier private Postgres left running",
			slog.Any("pids", pids), slog.String("signal", step.signal.String()))
		for _, pid := range pids {
			if step.everyone || pid == s.cluster.postmaster() {
				_ = syscall.Kill(pid, step.signal) // it may have ended meanwhile
			}
		}
		if gone, err := s.await(ctx, dirs, step.patience); gone || err != nil {
			return err
		}
	}
	return errors.New("an earlier server of this database does not end")
}

// await reports whether no process works in dirs any more within the patience.
func (s *Server) await(ctx context.Context, dirs []string, patience time.Duration) (bool, error) {
	deadline := time.After(patience)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		pids, err := s.account.processesIn(dirs)
		if err != nil || len(pids) == 0 {
			return err == nil, err
		}
		select {
		case <-tick.C:
		case <-deadline:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}
