//go:build !linux

package app

import "syscall"

// childAttributes put the child into its own process group, so that Ctrl-C
// reaches it through us only. When we are killed, the end of its input ends it.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
