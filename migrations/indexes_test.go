package migrations_test

import (
	"context"
	"database/sql"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"throughline/migrations"
	"throughline/models/store/storetest"
)

// withoutTheRule is the newest migration from before the rule of CONTRIBUTING.md.
const withoutTheRule = 103

// logs are the tables that grow with every event and are read and written all the
// time; of a partitioned one no index can be made beside its writers.
var (
	logs = []string{
		"changes", "event_keys", "event_stubs", "event_attempts", "stock_movements", "forecast_revisions", "evaluations",
		"deliveries", "revision_deliveries", "order_line_versions", "exceptions", "latency_rollups", "audit",
	}
	partitioned = []string{"events"}
)

const noTransaction = "-- +goose NO TRANSACTION"

var (
	createIndex  = regexp.MustCompile(`(?i)^CREATE\s+(?:UNIQUE\s+)?INDEX\s+(CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:(\w+)\s+)?ON\s+(?:ONLY\s+)?(\w+)`)
	alterTable   = regexp.MustCompile(`(?i)^ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(\w+)`)
	byIndex      = regexp.MustCompile(`(?i)\b(?:UNIQUE|PRIMARY\s+KEY|EXCLUDE)\b(\s+USING\s+INDEX)?`)
	dropIndex    = regexp.MustCompile(`(?i)^DROP\s+INDEX\s+CONCURRENTLY\s+IF\s+EXISTS\s+(\w+)$`)
	createsTable = regexp.MustCompile(`(?i)^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)`)
	comment      = regexp.MustCompile(`(?m)--.*$`)
)

// statements are those of the way up of a migration.
func statements(migration string) (all []string) {
	up, _, _ := strings.Cut(migration, "-- +goose Down")
	for text := range strings.SplitSeq(comment.ReplaceAllString(up, ""), ";") {
		if text = strings.TrimSpace(text); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// constrained is the table to which a statement adds a constraint that makes an index
// of its own; empty for none.
func constrained(text string) string {
	table := alterTable.FindStringSubmatch(text)
	if table == nil {
		return ""
	}
	for _, constraint := range byIndex.FindAllStringSubmatch(text, -1) {
		if constraint[1] == "" {
			return table[1]
		}
	}
	return ""
}

// faultOf says how a migration would hold up writers; empty when it does not.
func faultOf(migration string) string {
	alone := strings.Contains(migration, noTransaction)
	var made, dropped []string
	for _, text := range statements(migration) {
		if table := createsTable.FindStringSubmatch(text); table != nil {
			made = append(made, table[1])
		}
		if index := dropIndex.FindStringSubmatch(text); index != nil {
			dropped = append(dropped, index[1])
			continue
		}
		index, table := createIndex.FindStringSubmatch(text), constrained(text)
		switch {
		case alone && (index == nil || index[1] == ""):
			return "what is done without a transaction stays half done after a crash: only indexes that are made CONCURRENTLY may be"
		case table != "" && !slices.Contains(made, table) && slices.Contains(slices.Concat(logs, partitioned), table):
			return "a constraint of " + table + " holds up its writers: make its index CONCURRENTLY first and add it USING INDEX"
		case index == nil || slices.Contains(made, index[3]):
		case slices.Contains(partitioned, index[3]):
			return "an index of " + index[3] + " cannot be made beside its writers: say in an ADR why it is worth their wait"
		case slices.Contains(logs, index[3]) && (!alone || index[1] == ""):
			return "an index of " + index[3] + " holds up its writers: make it CONCURRENTLY, in a file of its own with " + noTransaction
		case index[1] != "" && !slices.Contains(dropped, index[2]):
			return "an index that a crash left half made is invalid and in the way: first DROP INDEX CONCURRENTLY IF EXISTS " + index[2]
		}
	}
	return ""
}

// TestIndexesOfLogsHoldUpNobody holds the rule of CONTRIBUTING.md over the
// migrations that came after it.
func TestIndexesOfLogsHoldUpNobody(t *testing.T) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	for _, name := range files {
		version, err := strconv.Atoi(name[:5])
		if err != nil {
			t.Fatal(err)
		}
		text, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if fault := faultOf(string(text)); version > withoutTheRule && fault != "" {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

const beside = noTransaction + `
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS changes_by_kind;
CREATE INDEX CONCURRENTLY changes_by_kind ON changes (kind);

-- +goose Down
DROP INDEX changes_by_kind;
`

func TestTheRuleKnowsWhatHoldsUpWriters(t *testing.T) {
	for name, c := range map[string]struct{ migration, fault string }{
		"made beside the writers":      {beside, ""},
		"of a small table":             {"-- +goose Up\nCREATE INDEX a ON sources (system);", ""},
		"of a table of the same file":  {"-- +goose Up\nCREATE TABLE audit (id int);\nCREATE INDEX a ON audit (id);", ""},
		"taken back on the way down":   {"-- +goose Up\nDROP INDEX a;\n-- +goose Down\nCREATE INDEX a ON changes (kind);", ""},
		"in a transaction":             {"-- +goose Up\nCREATE INDEX a ON changes (kind);", "holds up its writers"},
		"without a transaction":        {noTransaction + "\n-- +goose Up\nCREATE INDEX a ON changes (kind);", "half done"},
		"beside something else":        {strings.Replace(beside, "CREATE INDEX", "UPDATE settings SET value = '1';\nCREATE INDEX", 1), "half done"},
		"without dropping a half one":  {strings.Replace(beside, "DROP INDEX CONCURRENTLY IF EXISTS changes_by_kind;", "", 1), "invalid and in the way"},
		"of the partitioned log":       {"-- +goose Up\nCREATE INDEX a ON events (dc);", "ADR"},
		"unique, over several lines":   {"-- +goose Up\nCREATE UNIQUE INDEX a\n  ON audit (id);", "holds up its writers"},
		"without a name":               {"-- +goose Up\nCREATE INDEX ON changes (kind);", "holds up its writers"},
		"beside, without a name":       {strings.ReplaceAll(beside, "changes_by_kind ON", "ON"), "invalid and in the way"},
		"a unique constraint":          {"-- +goose Up\nALTER TABLE changes ADD UNIQUE (kind);", "holds up its writers"},
		"a primary key among others":   {"-- +goose Up\nALTER TABLE ONLY audit ADD a int,\n  ADD CONSTRAINT b PRIMARY KEY (a);", "holds up its writers"},
		"an exclusion":                 {"-- +goose Up\nALTER TABLE audit ADD EXCLUDE USING gist (at WITH &&);", "holds up its writers"},
		"of the partitioned log's own": {"-- +goose Up\nALTER TABLE events ADD UNIQUE (seq);", "holds up its writers"},
		"by an index that is there":    {"-- +goose Up\nALTER TABLE changes ADD CONSTRAINT a UNIQUE USING INDEX a;", ""},
		"a constraint of a small one":  {"-- +goose Up\nALTER TABLE sources ADD UNIQUE (system);", ""},
		"a constraint that checks":     {"-- +goose Up\nALTER TABLE changes ADD CHECK (pos > 0);", ""},
		"concurrently in a common one": {"-- +goose Up\nCREATE INDEX CONCURRENTLY a ON changes (kind);", "holds up its writers"},
	} {
		if fault := faultOf(c.migration); (c.fault == "") != (fault == "") || !strings.Contains(fault, c.fault) {
			t.Errorf("%s: %q, want %q", name, fault, c.fault)
		}
	}
}

// TestAnIndexIsMadeBesideItsWriters has two processes bring the schema up at once
// after one has died over the index.
func TestAnIndexIsMadeBesideItsWriters(t *testing.T) {
	db, err := sql.Open("pgx", storetest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ctx := context.WithoutCancel(t.Context())
	if _, err := db.ExecContext(ctx, `CREATE INDEX changes_by_kind ON changes (kind); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'changes_by_kind'::regclass`); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"00001_beside.sql": {Data: []byte(beside)}}
	var processes sync.WaitGroup
	for range 2 {
		processes.Go(func() {
			locker, err := lock.NewPostgresSessionLocker()
			if err != nil {
				t.Error(err)
				return
			}
			p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker), goose.WithTableName("goose_beside"))
			if err == nil {
				_, err = p.Up(ctx)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	processes.Wait()
	var valid bool
	if err := db.QueryRowContext(ctx, `SELECT indisvalid FROM pg_index WHERE indexrelid = 'changes_by_kind'::regclass`).Scan(&valid); err != nil || !valid {
		t.Errorf("the index is valid: %t (%v)", valid, err)
	}
}
