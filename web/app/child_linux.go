package app

import "syscall"

// childAttributes put the child into its own process group, so that Ctrl-C
// reaches it through us only, and let the kernel end it when we are killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
