package store_test

import (
	"strings"
	"testing"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

// Each migration takes back what it made, so that the way up ends at the same
// schema whatever was there before.
func TestMigrationsGoUpDownAndUp(t *testing.T) {
	db := storetest.New(t)
	first := schemaOf(t, db)
	if !strings.Contains(first, "column events seq bigint not null") {
		t.Fatalf("the schema is told as\n%s", first)
	}
	if err := db.MigrateDown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := schemaOf(t, db); left != "" {
		t.Errorf("the way down leaves behind:\n%s", left)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := schemaOf(t, db); again != first {
		t.Errorf("the schema after up, down and up is\n%s\nwant\n%s", again, first)
	}
}

// schemaOf tells every column, index, constraint, function, trigger and type of
// the schema, but for the migrations' own table. Partitions are made by the
// calendar and left out.
func schemaOf(t *testing.T, db *store.DB) (told string) {
	t.Helper()
	err := db.Pool.QueryRow(t.Context(), `
		WITH relations AS (
			SELECT c.oid, c.relname, c.relkind FROM pg_class c
			WHERE c.relnamespace = current_schema()::regnamespace AND NOT c.relispartition AND c.relname NOT LIKE 'goose%'
		), parts AS (
			SELECT concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END, pg_get_expr(adbin, adrelid)) AS part
				FROM relations JOIN pg_attribute ON attrelid = oid AND attnum > 0 AND NOT attisdropped
				LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE relkind IN ('r', 'p', 'v', 'm')
			UNION ALL SELECT pg_get_indexdef(oid) FROM relations WHERE relkind IN ('i', 'I')
			UNION ALL SELECT concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(k.oid)) FROM relations JOIN pg_constraint k ON conrelid = relations.oid
			UNION ALL SELECT pg_get_triggerdef(g.oid) FROM relations JOIN pg_trigger g ON tgrelid = relations.oid WHERE NOT tgisinternal
			UNION ALL SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
				AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
			UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'd')
		)
		SELECT coalesce(string_agg(part, E'\n' ORDER BY part), '') FROM parts`).Scan(&told)
	if err != nil {
		t.Fatal(err)
	}
	return told
}
