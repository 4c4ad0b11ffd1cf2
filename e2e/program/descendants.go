package program

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// descendants lists the processes that pid started, and that those started.
func descendants(pid int) []int {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, name := range stats {
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if parent := parentOf(child); err == nil && parent != 0 {
			children[parent] = append(children[parent], child)
		}
	}
	var all []int
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		all = append(all, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return all
}

// parentOf is the process that started pid; 0 when pid has ended.
func parentOf(pid int) int {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	// pid (name) state parent …; the name may hold anything.
	line := string(text)
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return parent
}

// KillPostgres is kill -9 of the private Postgres's main process.
func (w *Tower) KillPostgres() {
	w.t.Helper()
	for _, pid := range descendants(w.cmd.Process.Pid) {
		name, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "comm"))
		if err == nil && strings.TrimSpace(string(name)) == "postgres" && parentOf(pid) == w.cmd.Process.Pid {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			return
		}
	}
	w.t.Fatal("no Postgres runs below the tower")
}
