package localpg_test

import (
	"os/exec"
	"strconv"
	"strings"
)

func dropPtrace() error { return nil }

// alive reports whether the process runs: one that only waits for its parent to
// take note of its end does not.
func alive(pid int) bool {
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(string(out), "Z")
}
