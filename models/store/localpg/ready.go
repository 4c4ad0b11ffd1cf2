package localpg

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	pidFile      = "postmaster.pid"
	socketLine   = 4 // lines are counted from 0
	statusLine   = 7
	statusAccept = "ready"
)

func (c cluster) pidFileLines() []string {
	text, err := os.ReadFile(filepath.Join(c.data, pidFile))
	if err != nil {
		return nil // not written yet, or removed at the end
	}
	return strings.Split(string(text), "\n")
}

// postmaster returns the server's process id as its pid file states it, 0 for
// none. After a crash the number may be another process's by now.
func (c cluster) postmaster() int {
	lines := c.pidFileLines()
	if len(lines) == 0 {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return 0
	}
	return pid
}

// accepts reports whether the server with this process id says that it accepts
// connections.
func (c cluster) accepts(pid int) bool {
	lines := c.pidFileLines()
	return len(lines) > statusLine && lines[0] == strconv.Itoa(pid) &&
		strings.TrimSpace(lines[statusLine]) == statusAccept
}
