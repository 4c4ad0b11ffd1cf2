package localpg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// processAttributes cannot tie a child to its parent's life on this system: a
// server left behind is ended by the next supervisor.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// directoryArgument names dir to a child that runs as the account.
func (a account) directoryArgument(dir string) (string, []*os.File, error) {
	if !a.canEnter(dir) {
		return "", nil, fmt.Errorf("the user %s, whom the server must run as, cannot enter %s: choose another data directory", a.name, dir)
	}
	return dir, nil, nil
}

// processesIn returns the postgres and initdb processes that work in one of dirs.
func (a account) processesIn(dirs []string) ([]int, error) {
	args := append([]string{"-w", "-t", "-a", "-c", "postgres", "-c", "initdb", "-d", "cwd", "--"}, dirs...)
	out, err := exec.Command("lsof", args...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = nil // lsof exits with 1 when one of the directories has no process
	}
	if err != nil {
		return nil, fmt.Errorf("look for processes left behind: %w", err)
	}
	var pids []int
	for _, field := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("read the output of lsof: %w", err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}
