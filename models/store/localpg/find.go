package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// OldestMajor is the first version of PostgreSQL that Throughline works with.
const OldestMajor = 15

// Binaries is an installation of PostgreSQL.
type Binaries struct {
	Dir     string // holds initdb and postgres
	Version string // as the server states it, e.g. "15.8"
	Major   int
}

// Path returns the file of a program of the installation.
func (b Binaries) Path(program string) string { return filepath.Join(b.Dir, program) }

// NotFoundError says that no usable PostgreSQL is installed, and what to do.
type NotFoundError struct {
	Unusable []string // what was found and why it was passed over
}

func (e *NotFoundError) Error() string {
	found := ""
	if len(e.Unusable) > 0 {
		found = " (" + strings.Join(e.Unusable, "; ") + ")"
	}
	return fmt.Sprintf("no PostgreSQL %d or newer was found%s: %s, or set PG_BIN to the directory that holds initdb and postgres, or DATABASE_URL to a server that runs", OldestMajor, found, installHint(0))
}

// Find returns the installation that Start would run a new cluster from: that of
// binDir, else of PG_BIN, else the first of those on PATH, in the systems'
// usual places (newest first) and in the project's node_modules.
func Find(ctx context.Context, binDir string) (Binaries, error) {
	acct, err := serverAccount("")
	if err != nil {
		return Binaries{}, err
	}
	return find(ctx, binDir, acct, "", 0)
}

// find returns an installation that the account can run, of the given major
// version unless that is 0. data names the cluster in errors.
func find(ctx context.Context, binDir string, acct account, data string, major int) (Binaries, error) {
	var missing NotFoundError
	var others []int
	for _, dir := range candidates(cmp.Or(binDir, os.Getenv("PG_BIN"))) {
		bin, err := inspect(ctx, dir, acct)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			missing.Unusable = append(missing.Unusable, err.Error())
		case bin.Major < OldestMajor:
			missing.Unusable = append(missing.Unusable, fmt.Sprintf("%s holds %s", dir, bin.Version))
		case major != 0 && bin.Major != major:
			others = append(others, bin.Major)
		default:
			return bin, ctx.Err()
		}
	}
	if err := context.Cause(ctx); err != nil {
		return Binaries{}, err
	}
	if len(others) > 0 {
		return Binaries{}, &VersionError{Dir: data, Made: major, Have: others}
	}
	return Binaries{}, &missing
}

// candidates lists directories that may hold the programs. A place that was
// named explicitly is not second-guessed.
func candidates(explicit string) []string {
	if explicit != "" {
		return []string{explicit}
	}
	var dirs []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	var usual []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
		"/usr/pgsql-*/bin",                   // PostgreSQL's own RPMs
		"/usr/libexec/postgresql*",           // Alpine
		"/opt/homebrew/opt/postgresql@*/bin", // macOS on ARM
		"/usr/local/opt/postgresql@*/bin",    // macOS on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	} {
		found, _ := filepath.Glob(pattern) // fails for a bad pattern only
		usual = append(usual, found...)
	}
	slices.SortStableFunc(usual, func(a, b string) int { return cmp.Compare(versionIn(b), versionIn(a)) })
	return append(append(dirs, usual...), npmDirs()...)
}

var digits = regexp.MustCompile(`[0-9]+`)

// versionIn returns the first number in a path, the major version in all the
// usual places.
func versionIn(path string) int {
	n, _ := strconv.Atoi(digits.FindString(path)) // none counts as 0
	return n
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (([0-9]+)[^ \n]*)`)

// inspect asks the server program in dir for its version, as the account that
// will run it. An installation that npm put where that account cannot go, as it
// is with a checkout in root's home, is copied to where it can.
func inspect(ctx context.Context, dir string, acct account) (Binaries, error) {
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return Binaries{}, err
		}
	}
	dir, err := prepareNPM(dir, acct)
	if err != nil {
		return Binaries{}, err
	}
	program := filepath.Join(dir, "postgres")
	out, err := acct.command(ctx, "/", program, "--version").Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return Binaries{}, fmt.Errorf("%s does not run: %w: %s", program, err, lastLines(string(exit.Stderr), 2))
	}
	if err != nil {
		return Binaries{}, fmt.Errorf("%s does not run as the user %s: %w", program, acct.name, err)
	}
	match := versionText.FindStringSubmatch(string(out))
	if match == nil {
		return Binaries{}, fmt.Errorf("%s does not say which version it is", program)
	}
	major, err := strconv.Atoi(match[2])
	if err != nil {
		return Binaries{}, fmt.Errorf("%s: version %s: %w", program, match[1], err)
	}
	return Binaries{Dir: dir, Version: match[1], Major: major}, nil
}
