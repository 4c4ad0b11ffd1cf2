package localpg

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// ToolError says that a client program of PostgreSQL is missing or too old, and
// what to do.
type ToolError struct {
	Program string
	Major   int   // the version that is needed at least
	Have    []int // the versions that were found
}

func (e *ToolError) Error() string {
	found := "not installed"
	if len(e.Have) > 0 {
		found = "only here as version " + joinMajors(e.Have)
	}
	return fmt.Sprintf("%s of PostgreSQL %d or newer is needed and %s: %s", e.Program, e.Major, found, installHint(e.Major))
}

// FindTool returns the path of a client program, such as pg_dump, of the lowest
// version from major on: an older one refuses the server, a newer one may speak
// of what the server does not know. It looks in binDir, else PG_BIN, and where
// Find looks, since a server can come without its client programs.
func FindTool(ctx context.Context, binDir, program string, major int) (string, error) {
	var dirs []string
	if explicit := cmp.Or(binDir, os.Getenv("PG_BIN")); explicit != "" {
		dirs = candidates(explicit)
	}
	best, path, have := 0, "", []int(nil)
	for _, dir := range append(dirs, candidates("")...) {
		found := toolMajor(ctx, filepath.Join(dir, program))
		if found == 0 {
			continue
		}
		have = append(have, found)
		if found >= major && (best == 0 || found < best) {
			best, path = found, filepath.Join(dir, program)
		}
	}
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	if best == 0 {
		return "", &ToolError{Program: program, Major: major, Have: have}
	}
	return path, nil
}

// toolMajor returns the program's major version, 0 for one that is missing,
// broken, or a wrapper around nothing.
func toolMajor(ctx context.Context, path string) int {
	if _, err := os.Stat(path); err != nil {
		return 0
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	match := versionText.FindStringSubmatch(string(out))
	if err != nil || match == nil {
		return 0
	}
	major, err := strconv.Atoi(match[2])
	if err != nil {
		return 0
	}
	return major
}
