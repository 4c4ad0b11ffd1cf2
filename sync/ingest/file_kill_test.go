package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/contract"
	"throughline/sync/eventlog"
	"throughline/sync/ingest"
)

// childDSN tells the test binary to be the process that is killed, and on which database.
const childDSN = "INGEST_CHILD_DSN"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childDSN); dsn != "" {
		if err := takeFile(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// nightRows are those of a file that its key may bring two at a time.
const nightRows = 4

// takeFile takes the night's file in, as one who sends it again does.
func takeFile(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 2})
	if err != nil {
		return err
	}
	appender, err := eventlog.New(eventlog.Config{Log: store.NewLog(db)})
	if err != nil {
		return err
	}
	if err := appender.Start(ctx); err != nil {
		return err
	}
	contracts, err := contract.NewRegistry()
	if err != nil {
		return err
	}
	recorder, err := ingest.NewRecorder(store.NewRejectionLog(db), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	service, err := ingest.New(ingest.Config{
		Keys: limited{ID: 1, Source: "wms", Limit: models.RateLimit{Rate: 1000, Burst: 2}}, Appender: appender, Contracts: contracts,
		Rejections: recorder, Shards: models.Shards{Realtime: 8, Bulk: 2},
	})
	if err != nil {
		return err
	}
	var file strings.Builder
	file.WriteString("dc,name,time_zone,version\n")
	for i := range nightRows {
		fmt.Fprintf(&file, "D-%d,Hall %d,Europe/London,1\n", i, i)
	}
	answer, err := service.AcceptFile(ctx, models.FileRequest{Type: models.TypeLocationChanged, Name: "night.csv", Body: strings.NewReader(file.String())})
	if err == nil && answer.Accepted+answer.Duplicate != nightRows {
		err = fmt.Errorf("of %d rows it took %+v", nightRows, answer)
	}
	return err
}

// TestAFileIsKilledAtEachStatement kills the process at every statement with
// which the steps of a file are stored. What a step stored is whole, and the
// file that is sent again after each death brings each row once.
func TestAFileIsKilledAtEachStatement(t *testing.T) {
	dsn := storetest.DSN(t)
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := store.NewPartitions(db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
	life := func() *exec.Cmd {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childDSN+"="+dsn)
		return child
	}
	stored := func() string {
		t.Helper()
		var told string
		if err := db.Pool.QueryRow(t.Context(), `SELECT concat_ws(' ', (SELECT count(*) FROM events), (SELECT count(DISTINCT data) FROM events),
			(SELECT count(*) FROM event_keys), (SELECT coalesce(sum(received), 0) FROM books_received))`).Scan(&told); err != nil {
			t.Fatal(err)
		}
		return told
	}
	stops := storetest.StopAtWrites(t, db)
	reached := map[string]bool{}
	kills := stops.KillAtEach(t, life, func(step int) string {
		rows := stored()
		if of := strings.Fields(rows); of[0] != of[1] || of[0] != of[2] || of[0] != of[3] {
			t.Errorf("killed at statement %d: log, its rows, ids and books are %s", step, rows)
		}
		reached[rows] = true
		return rows
	})
	if kills < 2*nightRows || len(reached) != nightRows/2 {
		t.Errorf("%d deaths at %d places of the file have shown nothing", kills, len(reached))
	}
	want := fmt.Sprint(nightRows, nightRows, nightRows, nightRows)
	if got := stored(); got != want {
		t.Errorf("after %d deaths log, its rows, ids and books are %s, want %s", kills, got, want)
	}
	stops.Kill(t, storetest.NeverStops, life())
	if got := stored(); got != want {
		t.Errorf("sent once more it makes %s, want %s", got, want)
	}
}
