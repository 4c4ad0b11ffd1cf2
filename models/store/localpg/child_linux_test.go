package localpg_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// dropPtrace gives up, for a supervisor that is root, what containers withhold
// from theirs: the right to look into other users' processes.
func dropPtrace() error {
	const dropped = "LOCALPG_TEST_DROPPED"
	if os.Geteuid() != 0 || os.Getenv(dropped) != "" {
		return nil
	}
	runtime.LockOSThread() // the bounding set is the thread's, and exec keeps it
	if err := unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_PTRACE, 0, 0, 0); err != nil && !errors.Is(err, unix.EPERM) {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, append(os.Environ(), dropped+"=1"))
}

// alive reports whether the process runs: one that only waits for its parent to
// take note of its end does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(after, "Z")
}
