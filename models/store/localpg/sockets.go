package localpg

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxSocketDir leaves room for "/.s.PGSQL.5432" in the 104 bytes that a socket's
// path may have on the strictest system, its closing zero included.
const maxSocketDir = 104 - len("/.s.PGSQL."+port) - 1

// socketDir makes the directory of the cluster's sockets, which only the
// account, and root, can enter. Its name follows from the cluster's, so that a
// later supervisor finds what an earlier one left in it.
func socketDir(cluster string, a account) (string, error) {
	name := fmt.Sprintf("throughline-%x", sha256.Sum256(fmt.Appendf(nil, "%d:%s", a.uid, cluster)))[:24]
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		parent, err := filepath.EvalSymlinks(parent)
		dir := filepath.Join(parent, name)
		if err != nil || len(dir) > maxSocketDir || !a.canEnter(parent) {
			continue
		}
		return dir, makePrivate(dir, a)
	}
	return "", fmt.Errorf("no place for the database's socket: %s cannot be entered by the user %s or its path is too long", os.TempDir(), a.name)
}

func makePrivate(dir string, a account) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return a.own(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the directory of the database's socket: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	// Anyone may have made this name in a shared directory to catch our connections.
	if st := info.Sys().(*syscall.Stat_t); !info.IsDir() || info.Mode().Perm() != 0o700 || st.Uid != a.uid && (!a.switches || st.Uid != 0) { //nolint:forcetypeassert // what these systems return
		return fmt.Errorf("%s is not a private directory of the user %s: remove it", dir, a.name)
	}
	return a.own(dir)
}

// removeSockets removes the sockets of a server that is known to have ended.
func removeSockets(dir string) error {
	stale, err := entries(dir, ".s.PGSQL.")
	for _, path := range stale {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}
