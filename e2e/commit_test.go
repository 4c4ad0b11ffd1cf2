package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/e2e/browser"
	"throughline/e2e/program"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestAPageShowsNothingBeforeTheCommit holds apply behind its effects and before
// its commit: neither an open page nor a new one nor the API shows them. The
// tower is killed there; the next one takes the event into effect, and shows it.
func TestAPageShowsNothingBeforeTheCommit(t *testing.T) {
	dsn := storetest.DSN(t)
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	w := program.Raced(t)
	w.Database = dsn
	w.Start("serve")
	password := strings.TrimSpace(w.MustRun("user", "add", "ann", "--role", "it"))
	key := strings.TrimSpace(w.MustRun("key", "add", "--source", "erp", "--no-interval", "a test"))
	sendStock(t, w, key, "A-1")
	chromium := browser.Open(t)
	see := func(words string) *browser.Tab {
		tab := chromium.Tab(t, w.URL())
		tab.SignIn("ann", password)
		tab.Goto("/dcs/DC-1")
		tab.WaitLive()
		tab.WaitText("#page", words)
		return tab
	}
	opened := see("1 positions")

	holder, err := db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Release()
	run := func(sql string) {
		t.Helper()
		if _, err := holder.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run(`CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$`)
	run(`CREATE TRIGGER stop AFTER INSERT ON positions FOR EACH STATEMENT EXECUTE FUNCTION stop_here()`)
	run(`SELECT pg_advisory_lock(4711)`)
	sendStock(t, w, key, "A-2")
	const waits = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted`
	program.Eventually(t, "apply to stand before its commit", func() bool { return count(t, db, waits) == 1 })
	see("1 positions")
	if text := opened.Text("#page"); !strings.Contains(text, "1 positions") {
		t.Errorf("an open page shows what is not committed:\n%s", text)
	}
	if _, err := program.Get[map[string]any](t, w.URL()+"/api/v1/inventory?item=A-2&dc=DC-1", key); err == nil {
		t.Error("the API answers with stock that is not committed")
	}

	w.Kill()
	run(`SELECT pg_advisory_unlock(4711)`)
	run(`DROP TRIGGER stop ON positions`) // waits for what the dead tower still holds
	if n := count(t, db, `SELECT count(*) FROM positions`); n != 1 {
		t.Errorf("%d positions stand after the kill, want the one that was committed", n)
	}
	w.Start("serve")
	see("2 positions")
}

// sendStock sends an item of DC-1 with its balance.
func sendStock(t *testing.T, w *program.Tower, key, name string) {
	t.Helper()
	batch := "[" + strings.Join([]string{
		event("erp", "dc-"+name, "location.changed", `{"dc":"DC-1","name":"Bristol","time_zone":"Europe/London","version":1}`),
		item("erp", "item-"+name, name, 1),
		event("erp", "balance-"+name, "inventory.balance", `{"item":"`+name+`","dc":"DC-1","on_hand":"12","allocated":"0","unit":"EA","version":1,"time":"`+
			time.Now().UTC().Format(time.RFC3339)+`"}`),
	}, ",") + "]"
	if answer := post(t, w.URL(), key, batch); answer.status != http.StatusAccepted {
		t.Fatalf("%+v", answer)
	}
}
