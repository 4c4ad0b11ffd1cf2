package backup_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/backup"
	"throughline/models/store/localpg"
	"throughline/models/store/storetest"
)

// fill gives the log a partition and some tables rows.
func fill(t *testing.T, db *store.DB) {
	t.Helper()
	for _, sql := range []string{
		`CREATE TABLE events_today PARTITION OF events FOR VALUES FROM ('2026-01-05') TO ('2026-01-06')`,
		`INSERT INTO events (shard, received_at, occurred_at, source, event_id, type, key, data)
		 SELECT n % 8, '2026-01-05 12:00Z', '2026-01-05 12:00Z', 'erp', 'e' || n, 'throughline.inventory.balance.v1', 'inventory:a|b', '{"on_hand": "1.50"}'
		 FROM generate_series(1, 500) AS n`,
		`INSERT INTO event_keys (hash, fingerprint, seq, shard, received_at)
		 SELECT gen_random_uuid(), gen_random_uuid(), seq, shard, received_at FROM events`,
		`INSERT INTO locations (dc, name, time_zone, version, content_hash, seq, updated_at)
		 SELECT 'DC' || n, 'Säckingen 😀 ' || n, 'Europe/Berlin', 1, gen_random_uuid(), n, now() FROM generate_series(1, 6) AS n`,
	} {
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// counts returns the number of rows of every table.
func counts(t *testing.T, db *store.DB) map[string]int {
	t.Helper()
	rows, err := db.Pool.Query(t.Context(), `
		SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, name := range names {
		var n int
		if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM "+pgx.Identifier{name}.Sanitize()).Scan(&n); err != nil {
			t.Fatal(err)
		}
		all[name] = n
	}
	return all
}

// emptyDatabase returns the address of a database without a schema.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	dsn := storetest.DSN(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	return dsn
}

func open(t *testing.T, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func TestRestoredDatabaseHasEveryRow(t *testing.T) {
	t.Parallel()
	from, to := storetest.DSN(t), emptyDatabase(t)
	file := filepath.Join(t.TempDir(), "tower.backup")
	db := open(t, from)
	fill(t, db)
	if err := backup.Create(t.Context(), backup.Config{DSN: from, File: file}); err != nil {
		t.Fatal(err)
	}
	if err := backup.Restore(t.Context(), backup.Config{DSN: to, File: file}); err != nil {
		t.Fatal(err)
	}
	restored := open(t, to)
	want, got := counts(t, db), counts(t, restored)
	want["settings"]++ // from when on the ERP is to be asked for its orders
	if want["events"] != 500 || !maps.Equal(want, got) {
		t.Errorf("rows before %v, after %v", want, got)
	}
	if err := restored.Migrate(t.Context()); err != nil {
		t.Errorf("the restored schema is not current: %v", err)
	}
	since, isRestored, err := store.NewRestores(restored).Since(t.Context())
	if err != nil || !isRestored || !since.Equal(time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("restored %t from %s, %v; want the time of the newest event", isRestored, since, err)
	}
	if _, isRestored, err := store.NewRestores(db).Since(t.Context()); err != nil || isRestored {
		t.Errorf("the tower that was backed up is taken for restored: %v", err)
	}
	var next int
	if err := restored.Pool.QueryRow(t.Context(), "SELECT nextval('event_seq')").Scan(&next); err != nil || next != 501 {
		t.Errorf("the next sequence number is %d, %v, want 501", next, err)
	}
}

// TestARestoreThatIsCutShortIsFinishedAtTheStart has the restore end right after
// pg_restore has committed, as a crash may, after one that never came so far.
func TestARestoreThatIsCutShortIsFinishedAtTheStart(t *testing.T) {
	t.Parallel()
	dir, from, to := t.TempDir(), storetest.DSN(t), emptyDatabase(t)
	file, garbage := filepath.Join(dir, "tower.backup"), filepath.Join(dir, "garbage")
	db := open(t, from)
	fill(t, db)
	if err := errors.Join(os.WriteFile(garbage, []byte("no backup at all"), 0o600), backup.Create(t.Context(), backup.Config{DSN: from, File: file})); err != nil {
		t.Fatal(err)
	}
	if err := backup.Restore(t.Context(), backup.Config{DSN: to, File: garbage}); err == nil {
		t.Fatal("garbage is restored")
	}
	if err := backup.Restore(t.Context(), backup.Config{DSN: to, File: file, BinDir: diesAfterRestoring(t, db)}); err == nil {
		t.Fatal("the restore was not cut short")
	}
	restored := open(t, to)
	for range 2 { // the second start has nothing left to do
		if err := restored.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want, got := counts(t, db), counts(t, restored)
	want["settings"]++ // from when on the ERP is to be asked for its orders
	if !maps.Equal(want, got) {
		t.Errorf("rows before %v, after %v", want, got)
	}
	var next int64
	if err := restored.Pool.QueryRow(t.Context(), "SELECT nextval(pg_get_serial_sequence('changes', 'pos'))").Scan(&next); err != nil || next < store.RestoreGap || next > 2*store.RestoreGap+10 {
		t.Errorf("the next place of the change log is %d, %v, want it moved on once", next, err)
	}
}

// diesAfterRestoring is a directory with a pg_restore that does its work and then fails.
func diesAfterRestoring(t *testing.T, db *store.DB) string {
	t.Helper()
	var version int
	if err := db.Pool.QueryRow(t.Context(), "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	program, err := localpg.FindTool(t.Context(), "", "pg_restore", version/10_000)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n%q \"$@\" || exit\n[ \"$1\" = --version ] || exit 1\n", program)
	if err := os.WriteFile(filepath.Join(dir, "pg_restore"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBackupFileIsPrivateAndReplacesAnOlderOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "tower.backup")
	if err := os.WriteFile(file, []byte("older"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := backup.Create(t.Context(), backup.Config{DSN: storetest.DSN(t), File: file}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() < 1000 {
		t.Errorf("the backup is %v, %v", info, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("files left: %v %v", left, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	if err := os.WriteFile(garbage, []byte("no backup at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	full, empty := storetest.DSN(t), emptyDatabase(t)
	gone := strings.Replace(full, "/throughline_test_", "/throughline_gone_", 1)
	for name, c := range map[string]struct {
		do   func() error
		code models.Code
		says string
	}{
		"restore over data": {func() error {
			return backup.Restore(t.Context(), backup.Config{DSN: full, File: garbage})
		}, models.CodePrecondition, "restore into an empty one"},
		"restore from nothing": {func() error {
			return backup.Restore(t.Context(), backup.Config{DSN: empty, File: filepath.Join(dir, "missing")})
		}, models.CodeNotFound, "no such backup file"},
		"restore garbage": {func() error {
			return backup.Restore(t.Context(), backup.Config{DSN: empty, File: garbage})
		}, models.CodeInvalid, "nothing was changed"},
		"backup into nowhere": {func() error {
			return backup.Create(t.Context(), backup.Config{DSN: full, File: filepath.Join(dir, "no", "where")})
		}, models.CodeInvalid, "cannot be written"},
		"backup of nothing": {func() error {
			return backup.Create(t.Context(), backup.Config{DSN: gone, File: filepath.Join(dir, "b")})
		}, models.CodeUnavailable, "cannot be reached"},
		"backup of an empty database": {func() error {
			return backup.Create(t.Context(), backup.Config{DSN: empty, File: filepath.Join(dir, "b")})
		}, models.CodeNotFound, "nothing to back up"},
		"no file named": {func() error {
			return backup.Create(t.Context(), backup.Config{DSN: full})
		}, models.CodeInvalid, "backup file"},
	} {
		err := c.do()
		if models.CodeOf(err) != c.code || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error is %v (%s), want %s and %q", name, err, models.CodeOf(err), c.code, c.says)
		}
	}
}
