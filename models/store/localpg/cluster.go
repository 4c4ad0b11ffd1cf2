package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// VersionError says that the cluster was made by another major version than the
// binaries at hand. The cluster is left as it is.
type VersionError struct {
	Dir  string
	Made int   // the major version of the cluster
	Have []int // those of the binaries that were found
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("the database in %s was made by PostgreSQL %d, and only %s is here: %s, or keep that directory and use another; nothing was changed",
		e.Dir, e.Made, joinMajors(e.Have), installHint(e.Made))
}

// joinMajors lists versions in a sentence.
func joinMajors(majors []int) string {
	var names []string
	for _, major := range slices.Compact(slices.Sorted(slices.Values(majors))) {
		names = append(names, strconv.Itoa(major))
	}
	return strings.Join(names, " and ")
}

type cluster struct {
	dir  string // free of symbolic links
	data string
}

func openCluster(dir string) (cluster, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return cluster{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cluster{}, fmt.Errorf("the database's directory cannot be made (%w): name one that you may write to", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return cluster{}, err
	}
	return cluster{dir: dir, data: filepath.Join(dir, dataName)}, nil
}

// major returns the version that made the cluster, 0 when there is none yet.
func (c cluster) major() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, exists, err := ownerOf(c.data); exists || err != nil {
			return 0, errors.Join(fmt.Errorf("%s is in the way of the database and is not one: move it", c.data), err)
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s holds no version: %w", filepath.Join(c.data, "PG_VERSION"), err)
	}
	return major, nil
}

func (c cluster) sideDirs() ([]string, error) {
	return entries(c.dir, sidePrefix)
}

// entries returns the paths in dir whose names begin with prefix.
func entries(dir, prefix string) ([]string, error) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range all {
		if strings.HasPrefix(e.Name(), prefix) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

// create makes the cluster in a side directory and renames it when it is whole,
// so that a half-made one is never taken for a database.
func (s *Server) create(ctx context.Context) (err error) {
	side, err := os.MkdirTemp(s.cluster.dir, sidePrefix)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(side))
		}
	}()
	if err := s.account.own(side); err != nil {
		return err
	}
	arg, extra, err := s.account.directoryArgument(side)
	if err != nil {
		return err
	}
	defer closeAll(extra)
	cmd := s.account.command(ctx, s.sockets, s.bin.Path("initdb"), s.initArguments(arg)...)
	cmd.ExtraFiles = extra
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLines(string(out), 5))
	}
	if err := os.Rename(side, s.cluster.data); err != nil {
		return err
	}
	return syncDir(s.cluster.dir)
}

func (s *Server) initArguments(dir string) []string {
	ctype := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		ctype = "UTF-8" // what that system calls the same
	}
	args := []string{
		"--pgdata=" + dir, "--username=" + superuser, "--auth=trust", "--data-checksums",
		"--encoding=UTF8", "--locale=C", "--lc-ctype=" + ctype, "--no-instructions",
	}
	if s.settings["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	return args
}

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // opened to be inherited only
	}
}
