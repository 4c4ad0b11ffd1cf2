package localpg

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// processAttributes ties a child to the thread that starts it: the kernel sends
// it SIGINT, a fast shutdown to Postgres, when that thread ends. The caller must
// therefore hold its OS thread until the child has ended.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// directoryArgument names dir to a child that runs as the account. One behind a
// directory that the account cannot enter, such as root's home, is handed over
// open: a link in /proc/self/fd leads to its target without walking the path.
func (a account) directoryArgument(dir string) (string, []*os.File, error) {
	if a.canEnter(dir) {
		return dir, nil, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/fd/3", []*os.File{f}, nil // os/exec gives a child its first extra file as 3
}

// processesIn returns the postgres and initdb processes that work in one of
// dirs, which are free of symbolic links.
//
// To read the working directory of another user's process, root needs
// CAP_SYS_PTRACE, which containers withhold. Being that user is enough, to the
// file system and on this thread only. Root may always change it and back.
func (a account) processesIn(dirs []string) ([]int, error) {
	if a.switches {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		_ = unix.Setfsgid(int(a.gid))
		_ = unix.Setfsuid(int(a.uid))
		defer func() {
			_ = unix.Setfsuid(os.Geteuid())
			_ = unix.Setfsgid(os.Getegid())
		}()
	}
	return scanProc(dirs)
}

func scanProc(dirs []string) ([]int, error) {
	paths, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, p := range paths {
		comm, err := os.ReadFile(p + "/comm")
		if err != nil {
			continue // it has ended meanwhile
		}
		if name := strings.TrimSpace(string(comm)); name != "postgres" && name != "initdb" {
			continue
		}
		cwd, err := os.Readlink(p + "/cwd")
		if err != nil || !slices.Contains(dirs, strings.TrimSuffix(cwd, " (deleted)")) {
			continue // another user's or another cluster's
		}
		pid, err := strconv.Atoi(filepath.Base(p))
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}
