package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is the directory of the binaries, empty as long as no test asked for one.
var built string

var (
	directory = sync.OnceValues(func() (_ string, err error) {
		built, err = os.MkdirTemp("", "throughline-e2e-")
		return built, err
	})
	plain = sync.OnceValues(func() (string, error) { return build("throughline") })
	raced = sync.OnceValues(func() (string, error) { return build("throughline-raced", "-race") })
)

func build(name string, flags ...string) (string, error) {
	dir, err := directory()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, name)
	args := append(append([]string{"build"}, flags...), "-o", binary, "throughline")
	out, err := exec.Command("go", args...).CombinedOutput() //nolint:noctx // for all tests, whoever asked first
	if err != nil {
		return "", fmt.Errorf("build the binary: %w\n%s", err, out)
	}
	return binary, nil
}

// Binary builds the program, once for all tests of a package. Main removes it.
func Binary(t testing.TB) string {
	t.Helper()
	binary, err := plain()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// Raced is New of a program that has the race detector, where the test itself has
// it. What the detector reports of any of its processes fails the test, however
// they ended. It makes the program several times as slow.
func Raced(t testing.TB) *Tower {
	t.Helper()
	if !raceDetector {
		return New(t)
	}
	binary, err := raced()
	if err != nil {
		t.Fatal(err)
	}
	reports := filepath.Join(t.TempDir(), "race") // of which each process writes its own
	t.Cleanup(func() { wantNoRace(t, reports) })  // after the tower has ended
	w := newTower(t, binary)
	w.env = []string{"GORACE=log_path=" + reports}
	return w
}

func wantNoRace(t testing.TB, reports string) {
	t.Helper()
	files, err := filepath.Glob(reports + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || len(text) > 0 {
			t.Errorf("the race detector reports of the tower (%v):\n%s", err, text)
		}
	}
}

// Main is what a package that builds the program calls from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}
