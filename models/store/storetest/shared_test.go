package storetest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// The server must not outlive the tests, and must not end under one.
func TestSharedServerEndsAfterItsLastUser(t *testing.T) {
	t.Parallel()
	base, err := os.MkdirTemp("", "storetest-") //nolint:usetesting // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = os.RemoveAll(clusterDir(base)), os.RemoveAll(base) })
	if err := os.Chmod(base, 0o711); err != nil {
		t.Fatal(err)
	}
	first, releaseFirst, err := join(t.Context(), base, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	second, releaseSecond, err := join(t.Context(), base, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Errorf("two servers: %s and %s", first, second)
	}
	releaseFirst()
	if err := execute(t.Context(), second, "SELECT pg_sleep(0.5)"); err != nil {
		t.Errorf("the server ended under its second user: %v", err)
	}
	releaseSecond()

	// The server lets go of this lock only when it has ended.
	supervisor, err := lock(filepath.Join(clusterDir(base), "lock"), syscall.LOCK_EX)
	if err != nil {
		t.Fatal(err)
	}
	defer supervisor.Close()
	if _, ok := address(t.Context(), base); ok {
		t.Error("the server still answers")
	}
}

func TestForeignDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	if err := os.Chmod(base, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, _, err := join(t.Context(), base, time.Second); err == nil {
		t.Error("a directory that everyone may write was trusted")
	}
}
