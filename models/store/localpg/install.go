package localpg

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// installHint says how to install PostgreSQL on this system, of one major
// version unless that is 0.
func installHint(major int) string {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		release = nil // not every system has one
	}
	return hintFor(runtime.GOOS, string(release), major)
}

func hintFor(goos, release string, major int) string {
	ids := releaseIDs(release)
	version := func(format string) string {
		if major == 0 {
			return ""
		}
		return fmt.Sprintf(format, major)
	}
	named := cmp.Or(major, 17) // where packages have no name without a version
	switch {
	case goos == "darwin":
		return fmt.Sprintf("install it with `brew install postgresql@%d`", named)
	case ids["debian"] || ids["ubuntu"]:
		return "install it with `apt-get install postgresql" + version("-%d") + "`"
	case ids["fedora"] || ids["rhel"]:
		return "install it with `dnf install postgresql" + version("%d") + "-server`"
	case ids["alpine"]:
		return fmt.Sprintf("install it with `apk add postgresql%d`", named)
	case ids["arch"]:
		return "install it with `pacman -S postgresql`"
	case ids["suse"] || ids["opensuse"]:
		return "install it with `zypper install postgresql" + version("%d") + "-server`"
	}
	return "install the package of your system that holds the PostgreSQL" + version(" %d") + " server"
}

// releaseIDs returns the system's name and those it takes after, as
// /etc/os-release states them.
func releaseIDs(release string) map[string]bool {
	ids := map[string]bool{}
	for lines := bufio.NewScanner(strings.NewReader(release)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		if name != "ID" && name != "ID_LIKE" {
			continue
		}
		for id := range strings.FieldsSeq(strings.Trim(value, `"'`)) {
			ids[id] = true
		}
	}
	return ids
}
