package webtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/web/app"
	"throughline/web/webtest"
)

type readiness struct {
	Ready  bool
	Checks []struct {
		Name       string
		OK         bool
		Error      string
		LagSeconds *float64 `json:"lag_seconds"`
	}
}

func readyz(t *testing.T, w *webtest.Tower) (int, readiness) {
	t.Helper()
	p := w.Stranger().Get("/readyz")
	var r readiness
	if err := json.Unmarshal([]byte(p.Body), &r); err != nil {
		t.Fatalf("%v in %s", err, p.Body)
	}
	return p.Status, r
}

func TestReadinessSaysHowFarTheEngineIsBehind(t *testing.T) {
	w := webtest.Start(t)
	status, r := readyz(t, w)
	if status != http.StatusOK || !r.Ready {
		t.Fatalf("%d %+v", status, r)
	}
	for _, lane := range []string{"realtime lane", "bulk lane"} {
		found := false
		for _, c := range r.Checks {
			found = found || c.Name == lane && c.OK && c.LagSeconds != nil && *c.LagSeconds == 0
		}
		if !found {
			t.Errorf("%s is missing or behind: %+v", lane, r.Checks)
		}
	}

	if last := r.Checks[len(r.Checks)-1]; last.Name != "workers" || !last.OK {
		t.Errorf("the workers are %+v", last)
	}

	block(t, w)
	status, r = readyz(t, w)
	late := r.Checks[2]
	if status != http.StatusServiceUnavailable || r.Ready || late.OK || *late.LagSeconds < 3600 || !strings.Contains(late.Error, "realtime lane has waited") {
		t.Errorf("%d %+v", status, r)
	}
}

// block lets an event wait for an hour: the shard's cursor is held, as by a
// worker that does not get on.
func block(t *testing.T, w *webtest.Tower) {
	t.Helper()
	if err := store.NewPartitions(w.DB).Ensure(t.Context(), time.Now().Add(-time.Hour), 1); err != nil {
		t.Fatal(err)
	}
	tx, err := w.DB.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(t.Context()) })
	if _, err := tx.Exec(t.Context(), `SELECT FROM shard_cursors WHERE shard = 0 FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	_, err = w.DB.Pool.Exec(t.Context(), `
		INSERT INTO events (shard, received_at, occurred_at, source, event_id, type, key, data)
		VALUES (0, now() - interval '1 hour', now(), 'erp', 'late', 'throughline.item.changed.v1', 'item:late', '{}')`)
	if err != nil {
		t.Fatal(err)
	}
}

func TestMetricsHaveWhatOperatorsWatch(t *testing.T) {
	w := webtest.Start(t)
	text := w.Stranger().Get("/metrics").Body
	for _, line := range []string{
		"throughline_database_up 1",
		`throughline_apply_lag_events{lane="realtime"} 0`,
		`throughline_apply_lag_seconds{lane="bulk"} 0`,
		`throughline_intake_queue_events{lane="realtime"} 0`,
		`throughline_intake_queue_bytes{lane="bulk"} 0`,
		`throughline_erp_writes{state="` + string(models.WriteUnknown) + `"} 0`,
		`throughline_build_info{version="test"} 1`,
		"throughline_live_viewers 0",
		`throughline_consumer_lag_events{consumer="workflow"} 0`,
		"go_goroutines ",
		"process_open_fds ",
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("%s is missing", line)
		}
	}
}

// TestReplicasThatCannotBeReadHideNoOtherMetric finds another table in the place of
// what Postgres tells of its replicas.
func TestReplicasThatCannotBeReadHideNoOtherMetric(t *testing.T) {
	w := webtest.Start(t, func(c *app.Config) { c.DatabaseURL += "&search_path=public,misled,pg_catalog" })
	if _, err := w.DB.Pool.Exec(t.Context(), `CREATE SCHEMA misled CREATE TABLE pg_stat_replication (nothing int)`); err != nil {
		t.Fatal(err)
	}
	text := w.Stranger().Get("/metrics").Body
	for _, line := range []string{"throughline_database_up 1", `throughline_apply_lag_events{lane="realtime"} 0`} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("%s is missing", line)
		}
	}
}
