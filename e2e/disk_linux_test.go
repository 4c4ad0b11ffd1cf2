package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"throughline/e2e/program"
	"throughline/models"
)

const (
	diskSize  = "size=320m"
	diskBatch = 50 // events
)

// TestFullDiskStopsIntakeAndHeals lets the disk under the private Postgres run
// full, first for the tables and then for the write-ahead log, which ends the
// server, and frees it again.
func TestFullDiskStopsIntakeAndHeals(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("throughline-test", disk, "tmpfs", 0, diskSize); errors.Is(err, syscall.EPERM) {
		againInItsOwnNamespace(t)
		return
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	w := program.New(t)
	w.Data = filepath.Join(disk, "data")
	w.Start("serve")
	s := &diskSender{t: t, w: w, key: strings.TrimSpace(w.MustRun("key", "add", "--source", "erp", "--no-interval", "a test"))}
	for range 5 {
		if answer := s.send(); answer.status != http.StatusAccepted {
			t.Fatalf("before the disk is full: %+v", answer)
		}
	}

	ballast := fillDisk(t, disk)
	program.Eventually(t, "intake to stop", func() bool { return s.send().status != http.StatusAccepted })
	s.mustRefuse()
	breakWAL(t, w.DSN())
	program.Eventually(t, "Postgres to end for want of room", func() bool { return strings.Contains(w.Output(), "ended by itself") })
	s.mustRefuse()
	if status := statusOf(t, w.URL()+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz answers %d while the disk is full", status)
	}
	if status := statusOf(t, w.URL()+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d while the disk is full", status)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	program.Eventually(t, "intake to go on", func() bool { return s.send().status == http.StatusAccepted })
	program.Eventually(t, "the tower to be ready", func() bool { return statusOf(t, w.URL()+"/readyz") == http.StatusOK })
	s.checkAccepted()
}

// ownNamespace tells a test that it runs where it may mount.
const ownNamespace = "THROUGHLINE_TEST_OWN_NAMESPACE"

// againInItsOwnNamespace runs the test as a process that may mount, since nobody
// else sees what it mounts. Root has no use for that: it is refused by whoever
// made its container, and Postgres would need its other user in there.
func againInItsOwnNamespace(t *testing.T) {
	t.Helper()
	user, group := os.Getuid(), os.Getgid()
	if os.Getenv(ownNamespace) != "" {
		t.Fatalf("user %d may not mount in a namespace of its own either", user)
	}
	const why = "LEFT OUT: a full disk was not tried, since user %d may neither mount a small file system nor make a namespace of its own (%v)"
	if user == 0 {
		t.Skipf(why, user, syscall.EPERM)
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), ownNamespace+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: user, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: group, HostID: group, Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN},
	}
	out, err := again.CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("%v\n%s", failed, out)
	}
	if err != nil {
		t.Skipf(why, user, err)
	}
	t.Logf("in a namespace of its own:\n%s", out)
}

// diskSender sends batches of items of which each is sent until it is taken.
type diskSender struct {
	t        *testing.T
	w        *program.Tower
	key      string
	next     int // number of the next batch
	accepted []string
}

func (s *diskSender) send() posted {
	s.t.Helper()
	ids, events := make([]string, diskBatch), make([]string, diskBatch)
	for i := range events {
		ids[i] = fmt.Sprintf("disk-%d-%d", s.next, i)
		events[i] = item("erp", ids[i], fmt.Sprintf("D-%d-%d", s.next, i), 1)
	}
	answer := post(s.t, s.w.URL(), s.key, "["+strings.Join(events, ",")+"]")
	if answer.status == http.StatusAccepted {
		s.accepted = append(s.accepted, ids...)
		s.next++
	}
	return answer
}

// mustRefuse wants the answer that tells a sender to come again.
func (s *diskSender) mustRefuse() {
	s.t.Helper()
	answer := s.send()
	if answer.status != http.StatusServiceUnavailable || answer.retryAfter == "" || answer.problem.Status != answer.status ||
		answer.problem.Detail == "" || answer.media != "application/problem+json" {
		s.t.Errorf("with a full disk intake answers %+v", answer)
	}
}

// checkAccepted wants every accepted event in the log once and applied, and
// nothing beside them.
func (s *diskSender) checkAccepted() {
	s.t.Helper()
	var books models.Books
	program.Eventually(s.t, "all accepted events to be applied", func() bool {
		var err error
		books, err = program.Get[models.Books](s.t, s.w.URL()+"/api/v1/books", s.key)
		return err == nil && books.Total.Pending == 0
	})
	if n := int64(len(s.accepted)); books.Total.Received != n || books.Total.Applied != n || books.Total.Missing() != 0 {
		s.t.Errorf("%d were accepted, the books say %+v", n, books.Total)
	}
	conn, err := pgx.Connect(s.t.Context(), s.w.DSN())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(s.t.Context())
	var missing, rows int
	err = conn.QueryRow(s.t.Context(), `
		SELECT count(*) FILTER (WHERE e.seq IS NULL), count(e.seq)
		FROM unnest($1::text[]) AS id LEFT JOIN events e ON e.event_id = id`, s.accepted).Scan(&missing, &rows)
	if err != nil || missing != 0 || rows != len(s.accepted) {
		s.t.Errorf("of %d accepted events %d are missing and %d are there: %v", len(s.accepted), missing, rows, err)
	}
}

// fillDisk leaves no free byte and gives the file that took them.
func fillDisk(t *testing.T, disk string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(disk, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 1<<20); len(chunk) > 0; {
		if _, err = f.Write(chunk); err != nil {
			chunk = chunk[:len(chunk)/2]
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// breakWAL asks for new segments of the write-ahead log until the server cannot
// make another one and ends.
func breakWAL(t *testing.T, dsn string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for range 200 {
		if _, err := conn.Exec(t.Context(), `SELECT pg_logical_emit_message(false, 'throughline', 'disk'); SELECT pg_switch_wal()`); err != nil {
			return
		}
	}
	t.Fatal("the write-ahead log goes on with a full disk")
}

// statusOf is the status that a GET is answered with, 0 for none.
func statusOf(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}
