package localpg_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"throughline/models/store/localpg"
)

// The tests kill supervisors, so each runs in a process of its own: this binary
// again, told by these what to be.
const (
	childDir = "LOCALPG_TEST_DIR"
	childBin = "LOCALPG_TEST_BIN"

	// seedDir names a finished cluster for tests to start from: initdb takes
	// more of the machine than all else they do.
	seedDir = "LOCALPG_TEST_SEED"

	// programPath names a copy of this binary that every user can run.
	programPath = "LOCALPG_TEST_PROGRAM"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(supervise(dir))
	}
	code, err := testWithProgram(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// testWithProgram copies the binary before any test forks: a child forked while
// the copy is written holds it open for a moment, and the system runs no file
// that is open for writing.
func testWithProgram(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "localpg-program-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	copied := filepath.Join(dir, "supervisor")
	if err := copyFile(copied, self); err != nil {
		return 0, err
	}
	if err := os.Setenv(programPath, copied); err != nil {
		return 0, err
	}
	return testWithSeed(m)
}

func testWithSeed(m *testing.M) (code int, err error) {
	seed, err := os.MkdirTemp("", "localpg-seed-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(seed)) }()
	ctx := context.Background()
	server, err := localpg.Start(ctx, localpg.Config{Dir: seed, Settings: map[string]string{"fsync": "off"}})
	if err != nil {
		return 0, err
	}
	if err := server.Stop(ctx); err != nil {
		return 0, err
	}
	if err := os.Setenv(seedDir, seed); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// plant copies the seed's cluster to dir, as u's supervisor would have made it.
func plant(t *testing.T, u user, dir string) {
	t.Helper()
	must(t, os.Mkdir(dir, 0o755))
	data := filepath.Join(dir, "data")
	if out, err := exec.Command("cp", "-R", "-p", filepath.Join(os.Getenv(seedDir), "data"), data).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if u.cred == nil {
		return
	}
	must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(u.cred.Uid), int(u.cred.Gid)))
	}))
}

// supervise is the child: it runs a private Postgres, says so on its standard
// output, and stops it when its standard input ends.
func supervise(dir string) int {
	if err := dropPtrace(); err != nil {
		fmt.Println("error", err)
		return 1
	}
	ctx := context.Background()
	server, err := localpg.Start(ctx, localpg.Config{
		Dir: dir, BinDir: os.Getenv(childBin),
		Logger:   slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Settings: map[string]string{"fsync": "off", "shared_buffers": "16MB"},
	})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("ready", server.DSN("postgres"))
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := server.Stop(ctx); err != nil {
		fmt.Println("error", err)
		return 1
	}
	return 0
}

// user is whom a supervisor runs as.
type user struct {
	name string
	cred *syscall.Credential // nil: as the test
}

// users returns all that this test can be: root can be anyone.
func users() []user {
	if os.Geteuid() != 0 {
		return []user{{name: "self"}}
	}
	return []user{{name: "root"}, {name: "nobody", cred: &syscall.Credential{Uid: 65534, Gid: 65534}}}
}

// eachUser runs the test for each user with a data directory that is that
// user's own and closed to others, as one in a home directory is.
func eachUser(t *testing.T, test func(t *testing.T, u user, dir string)) {
	t.Helper()
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			home := openDir(t)
			if u.cred != nil {
				must(t, os.Chown(home, int(u.cred.Uid), int(u.cred.Gid)))
			}
			must(t, os.Chmod(home, 0o700))
			test(t, u, filepath.Join(home, "postgres"))
		})
	}
}

// openDir makes a directory that everyone can enter, unlike t.TempDir.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localpg-test-") //nolint:usetesting // t.TempDir is closed to others
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chmod(dir, 0o755))
	return dir
}

type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
	dir   string
	log   *os.File
}

// launch starts a supervisor of dir as u and does not wait for it.
func launch(t *testing.T, u user, dir string, env ...string) *child {
	t.Helper()
	bin := openDir(t)
	log, err := os.Create(filepath.Join(bin, "log"))
	must(t, err)
	cmd := exec.Command(os.Getenv(programPath))
	cmd.Env = append(os.Environ(), append(env, childDir+"="+dir)...)
	cmd.Dir = bin
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: u.cred}
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	c := &child{t: t, cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout), dir: dir, log: log}
	t.Cleanup(c.end)
	return c
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

// start launches a supervisor and returns it with its server's DSN.
func start(t *testing.T, u user, dir string, env ...string) (*child, string) {
	t.Helper()
	c := launch(t, u, dir, env...)
	word, rest := c.says()
	if word != "ready" {
		t.Fatalf("the supervisor says: %s %s", word, rest)
	}
	return c, rest
}

func (c *child) says() (word, rest string) {
	c.t.Helper()
	if !c.lines.Scan() {
		c.t.Fatalf("the supervisor ended without a word: %v", c.lines.Err())
	}
	word, rest, _ = strings.Cut(c.lines.Text(), " ")
	return word, rest
}

// end stops the supervisor in good order.
func (c *child) end() {
	_ = c.stdin.Close()
	_ = c.cmd.Wait() // an error when it was killed before
	if c.t.Failed() {
		text, _ := os.ReadFile(c.log.Name())
		c.t.Logf("log of the supervisor of %s:\n%s", c.dir, text)
	}
	_ = c.log.Close()
}

// kill ends the supervisor as a crash does.
func (c *child) kill() {
	c.t.Helper()
	must(c.t, c.cmd.Process.Kill())
	_, _ = c.cmd.Process.Wait()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually polls until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within 30 s", what)
		case <-tick.C:
		}
	}
}
