package localpg

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// LockedError says that another supervisor runs the cluster.
type LockedError struct {
	Path string // the lock file
	PID  string // its holder as the file names it; for people, it may be of another machine
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("another process (pid %s) already runs the database behind %s: stop it first, or use another data directory", e.PID, e.Path)
}

// acquire takes the lock at path until the file is closed or the process ends,
// however it ends. Child processes do not inherit it.
func acquire(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the database: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := os.ReadFile(path)
		return nil, errors.Join(&LockedError{Path: path, PID: strings.TrimSpace(string(holder))}, f.Close())
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the database: %w", err), f.Close())
	}
	return f, nil
}
