package store_test

import (
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"throughline/migrations"
	"throughline/models/store/storetest"
)

// What was on a shelf before its times were kept has them, but for P1, which lies on none.
func TestTheTimesOfOldShelvesLeaveOutWhatIsP1(t *testing.T) {
	db := storetest.New(t)
	std := stdlib.OpenDBFromPool(db.Pool)
	t.Cleanup(func() { _ = std.Close() })
	schema, err := goose.NewProvider(goose.DialectPostgres, std, migrations.FS)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schema.DownTo(t.Context(), 87); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, opened_at, last_seen_at, ack_due_at, resolve_due_at, shelved_until)
			SELECT 'API-01', 'it', 'api', shelf || p, shelf, 'It is silent.', 'acknowledged', p, 'C3', 'because', now(), now(), now(), now(), now() + interval '1 hour'
			FROM unnest('{P1,P3}'::text[]) p, unnest('{own,kind}'::text[]) shelf`,
		`INSERT INTO exception_notes (exception_id, actor, action) SELECT id, 'ivy', 'shelve' FROM exceptions WHERE title = 'own'`,
		`INSERT INTO kind_shelves (code, actor, reason, since, until) VALUES ('API-01', 'ivy', 'An upgrade.', now(), now() + interval '1 hour')`,
		`INSERT INTO kind_shelf_rows SELECT k.id, x.id, now() FROM kind_shelves k, exceptions x WHERE x.title = 'kind'`,
		`UPDATE exceptions SET kind_shelf = (SELECT id FROM kind_shelves) WHERE title = 'kind'`,
	} {
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := schema.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept string
	err = db.Pool.QueryRow(t.Context(), `SELECT string_agg(title || ' ' || priority, ', ' ORDER BY title) FROM shelf_times JOIN exceptions ON id = exception_id`).Scan(&kept)
	if err != nil || kept != "kind P3, own P3" {
		t.Errorf("times are kept of %q (%v)", kept, err)
	}
}
