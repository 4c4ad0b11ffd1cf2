package migrations_test

import (
	"database/sql"
	"testing"

	"github.com/pressly/goose/v3"

	"throughline/migrations"
	"throughline/models/store/storetest"
)

// TestWhatWaitsFromBeforeWaitsHadAnEndHasOne brings an exception up that waits since then.
func TestWhatWaitsFromBeforeWaitsHadAnEndHasOne(t *testing.T) {
	db, err := sql.Open("pgx", storetest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err == nil {
		_, err = p.DownTo(t.Context(), 107)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		SELECT 'API-01', 'it', 'api', state, 'Silent', 'It is silent.', state, 'P3', 'C3', 'because', now(), now(), now(), now() FROM (VALUES ('waiting'), ('new')) AS s (state)`)
	if err == nil {
		_, err = p.Up(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	var right int
	err = db.QueryRowContext(t.Context(), `
		SELECT count(*) FROM exceptions WHERE CASE state WHEN 'waiting' THEN waiting_until BETWEEN now() + interval '13 days' AND now() + interval '14 days' ELSE waiting_until IS NULL END`).Scan(&right)
	if err != nil || right != 2 {
		t.Errorf("%d of 2 are right: %v", right, err)
	}
}
