package localpg

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// fakePackage lays out what npm unpacks, with programs that only know their version.
func fakePackage(t *testing.T) (bin string) {
	t.Helper()
	native := filepath.Join(t.TempDir(), "native")
	files := map[string]string{
		"../package.json":  `{"version": "18.4.0"}`,
		"bin/initdb":       "#!/bin/sh\n",
		"bin/postgres":     "#!/bin/sh\necho 'postgres (PostgreSQL) 18.4'\n",
		"lib/libpq.so.5.1": "library",
		"pg-symlinks.json": `[{"source":"native/lib/libpq.so.5.1","target":"native/lib/libpq.so.5"}]`,
	}
	// No test beside this one may fork while a program is open for writing: the
	// child would hold it open, and the system runs no such file.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for name, text := range files {
		path := filepath.Join(native, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(native, "bin")
}

func TestNPMInstallationGetsItsLinks(t *testing.T) {
	t.Parallel()
	bin := fakePackage(t)
	self := account{uid: uint32(os.Geteuid()), name: "self"}
	for range 2 { // a second look finds the links made
		found, err := inspect(t.Context(), bin, self)
		if err != nil {
			t.Fatal(err)
		}
		if found.Major != 18 || found.Version != "18.4" || found.Dir != bin {
			t.Errorf("found %+v", found)
		}
		if text, err := os.ReadFile(filepath.Join(bin, "../lib/libpq.so.5")); err != nil || string(text) != "library" {
			t.Errorf("the library's link leads to %q, %v", text, err)
		}
	}
}

func TestLinksStayInThePackage(t *testing.T) {
	t.Parallel()
	pkg := t.TempDir()
	err := makeLinks(pkg, []byte(`[{"source":"a","target":"../outside"}]`))
	if err == nil {
		t.Error("a link was made outside of the package")
	}
}

func TestSharedCopyIsOpenToAll(t *testing.T) {
	t.Parallel()
	native, place := filepath.Dir(fakePackage(t)), t.TempDir()
	shared, err := shareNative(native, place)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": 0o755, "bin": 0o755, "bin/postgres": 0o755, "lib/libpq.so.5.1": 0o644} {
		info, err := os.Stat(filepath.Join(shared, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
	again, err := shareNative(native, place)
	if err != nil || again != shared {
		t.Errorf("a second copy was made at %s: %v", again, err)
	}
	if left, err := filepath.Glob(filepath.Join(place, "copy-*")); err != nil || len(left) != 0 {
		t.Errorf("unfinished copies are left: %v %v", left, err)
	}
}
