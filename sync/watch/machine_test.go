package watch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/watch"
)

// machine notes what a process of the tower found on a machine whose disk has
// 1 TB and whose clock is right, but for what change says.
func (w *world) machine(host string, change func(*models.Machine)) {
	w.t.Helper()
	m := models.Machine{Host: host, Directory: "/data", Database: true, Free: 600e9, Size: 1e12}
	change(&m)
	if err := store.NewMachines(w.db).Note(w.t.Context(), m); err != nil {
		w.t.Fatal(err)
	}
}

var machineFaults = []fault{
	{name: "a disk is nearly full", code: models.ExceptionTowerUnwell, priority: models.PriorityP2, says: "49.0 GB of 1000.0 GB are free where /data lies, 4.9 %; 5 % have to be. The database lives on it",
		breaks: func(w *world) {
			w.machine("ours", func(m *models.Machine) { m.Free = 50e9 })
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised at the limit: %+v", out)
			}
			w.machine("ours", func(m *models.Machine) { m.Free = 49e9 })
		},
		mends: func(w *world) {
			w.machine("ours", func(*models.Machine) {})
			w.wait(time.Minute)
		}},
	{name: "a disk is full but for a rest", code: models.ExceptionTowerUnwell, priority: models.PriorityP1, says: "The database is elsewhere",
		breaks: func(w *world) {
			w.machine("ours", func(m *models.Machine) { m.Free, m.Database = 20e9, false })
		},
		mends: func(w *world) {
			w.sql(`UPDATE machines SET read_at = read_at - interval '2 min'`) // the process has ended
			w.wait(time.Minute)
		}},
	{name: "a disk cannot be read", code: models.ExceptionTowerUnwell, priority: models.PriorityP2, says: "input/output error. How full it is nobody knows",
		breaks: func(w *world) {
			w.machine("ours", func(m *models.Machine) {
				m.Free, m.Size, m.DiskFault = 0, 0, "look at the disk of /data: input/output error"
			})
		},
		mends: func(w *world) {
			w.machine("ours", func(*models.Machine) {})
			w.wait(time.Minute)
		}},
	{name: "a clock is not the database's", code: models.ExceptionTowerUnwell, priority: models.PriorityP1, says: "It is 90 s behind the database's; 2 s are allowed",
		breaks: func(w *world) {
			w.machine("ours", func(m *models.Machine) { m.ClockAhead = -90 * time.Second })
			w.machine("other", func(m *models.Machine) { m.ClockAhead = time.Second })
		},
		mends: func(w *world) {
			w.machine("ours", func(*models.Machine) {})
			w.wait(time.Minute)
		}},
	{name: "a clock is set", code: models.ExceptionTowerUnwell, priority: models.PriorityP1, says: "it went back by 60 min at once. It was set back.",
		breaks: func(w *world) {
			w.machine("ours", func(m *models.Machine) { m.Jump = -time.Hour })
			w.machine("ours", func(*models.Machine) {}) // the next look finds no further jump
		},
		mends: func(w *world) {
			w.sql(`UPDATE machines SET jumped_at = jumped_at - interval '15 min'`)
			w.wait(time.Minute)
		}},
}

// TestAValueAtItsLimitDoesNotComeAndGo moves a disk and a clock around their limits.
func TestAValueAtItsLimitDoesNotComeAndGo(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct {
		free  int64
		ahead time.Duration
		open  int
	}{
		{free: 51e9, ahead: 1900 * time.Millisecond}, {49e9, 2100 * time.Millisecond, 2}, {51e9, -1900 * time.Millisecond, 2},
		{49e9, 2100 * time.Millisecond, 2}, {59e9, 1700 * time.Millisecond, 2}, {61e9, 1500 * time.Millisecond, 0}, {51e9, 1900 * time.Millisecond, 0},
	} {
		w.machine("ours", func(m *models.Machine) { m.Free, m.ClockAhead = step.free, step.ahead })
		w.wait(time.Minute)
		if w.sweep(); len(w.named("ours")) != step.open {
			t.Errorf("%d GB free, %s ahead:%s", step.free/1e9, step.ahead, briefly(w.open()))
		}
	}
}

// TestProcessesOfOneHostAreToldApart has two of them with a disk each and the one
// clock of their host.
func TestProcessesOfOneHostAreToldApart(t *testing.T) {
	w := newWorld(t)
	full := func(m *models.Machine) { m.Free, m.ClockAhead = 49e9, time.Minute }
	w.machine("ours", full)
	w.machine("ours", func(m *models.Machine) { full(m); m.Directory = "/other" })
	w.wait(time.Minute)
	if w.sweep(); len(w.named("The disk of ours")) != 2 || len(w.named("The clock of ours")) != 1 {
		t.Errorf("open:%s", briefly(w.open()))
	}
}

// TestAReplicaThatFallsBehindIsToldOf keeps a real slot, for which the server
// holds back what nobody fetches.
func TestAReplicaThatFallsBehindIsToldOf(t *testing.T) {
	w := newWorld(t, func(c *watch.Config) { c.Windows.ReplicaBehind = 1 })
	slot := fmt.Sprint("tl_", time.Now().UnixNano())
	w.sql(`SELECT pg_create_physical_replication_slot($1, true)`, slot)
	dropped := false
	drop := func() {
		if !dropped {
			w.sql(`SELECT pg_drop_replication_slot($1)`, slot)
			dropped = true
		}
	}
	defer drop()
	w.sql(`SELECT pg_logical_emit_message(false, 'tl', repeat('x', 3000000))`)
	w.sweep()
	mine := w.named(slot)
	if len(mine) != 1 || mine[0].Code != models.ExceptionTowerUnwell || mine[0].Priority != models.PriorityP2 ||
		!strings.Contains(mine[0].Title, "is not connected") || !strings.Contains(mine[0].Happened, "1 MB are allowed") {
		t.Fatalf("open:%s", briefly(w.open()))
	}
	drop()
	w.wait(time.Minute)
	if w.sweep(); len(w.named(slot)) != 0 {
		t.Errorf("open without the slot:%s", briefly(w.open()))
	}
}

// TestAReplicaAtItsLimitDoesNotComeAndGo has a server tell of a standby that lacks
// more than is allowed, then a little less, then a lot less.
func TestAReplicaAtItsLimitDoesNotComeAndGo(t *testing.T) {
	w := newWorld(t)
	misled := w.misled(`
		CREATE TABLE lacking (kilobytes int)
		CREATE VIEW pg_replication_slots AS SELECT * FROM (VALUES ('late', 'physical', 1, false, NULL::pg_lsn, '0/0'::pg_lsn, 'extended'))
			AS s (slot_name, slot_type, active_pid, temporary, confirmed_flush_lsn, restart_lsn, wal_status)
		CREATE VIEW pg_stat_replication AS SELECT 1 AS pid, 'late' AS application_name, NULL::inet AS client_addr, 'streaming' AS state, pg_current_wal_lsn() - kilobytes * 1000 AS flush_lsn FROM lacking`,
		func(c *watch.Config) { c.Windows.ReplicaBehind = 5 })
	for _, step := range []struct{ kilobytes, open int }{{4500, 0}, {5500, 1}, {4500, 1}, {3500, 0}, {4500, 0}} {
		w.wait(time.Minute)
		w.sql(`DELETE FROM misled.lacking`)
		w.sql(`INSERT INTO misled.lacking VALUES ($1)`, step.kilobytes)
		if err := misled.Look(t.Context(), models.ExceptionTowerUnwell); err != nil {
			t.Fatal(err)
		}
		if n := len(w.named("replica late")); n != step.open {
			t.Errorf("with %d kB lacking %d are open, want %d:%s", step.kilobytes, n, step.open, briefly(w.open()))
		}
	}
}

// TestWhatReplicasLackIsToldInTheirOwnWords has a server tell of a standby that
// replays late, a logical replication that reads late, and a slot that was given up.
func TestWhatReplicasLackIsToldInTheirOwnWords(t *testing.T) {
	w := newWorld(t)
	misled := w.misled(`
		CREATE VIEW pg_replication_slots AS SELECT * FROM (VALUES ('late', 'physical', 1, false, NULL::pg_lsn, '0/0'::pg_lsn, 'extended'),
			('copied', 'logical', 2, false, '0/0', '0/0', 'extended'), ('given_up', 'physical', NULL, false, NULL, NULL, 'lost'), ('given_up_too', 'logical', NULL, false, '0/0', NULL, 'lost'))
			AS s (slot_name, slot_type, active_pid, temporary, confirmed_flush_lsn, restart_lsn, wal_status)
		CREATE VIEW pg_stat_replication AS SELECT * FROM (VALUES (1, 'late', NULL::inet, 'streaming', '0/0'::pg_lsn, pg_current_wal_lsn()), (2, 'copied', NULL, 'streaming', '0/0', '0/0'))
			AS r (pid, application_name, client_addr, state, replay_lsn, flush_lsn)`, func(c *watch.Config) { c.Windows.ReplicaBehind = 1 })
	w.wait(time.Minute)
	if err := misled.Look(t.Context(), models.ExceptionTowerUnwell); err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, e := range w.kind(models.ExceptionTowerUnwell) {
		told[e.Title] = e.Happened
	}
	if len(told) != 3 {
		t.Errorf("told: %v", told)
	}
	if happened := told["The logical replication copied is behind"]; !strings.Contains(happened, "1 MB are allowed") || strings.Contains(happened, "fail-over") {
		t.Errorf("a logical replication: %q", happened)
	}
	if happened := told["The replica given_up can never catch up"]; !strings.Contains(happened, "has to be made anew") {
		t.Errorf("a lost slot: %q", happened)
	}
	if happened := told["The logical replication given_up_too can never catch up"]; !strings.Contains(happened, "a new slot") {
		t.Errorf("a lost logical slot: %q", happened)
	}
}

// named are the open exceptions whose titles name something.
func (w *world) named(name string) (found []models.Exception) {
	w.t.Helper()
	for _, e := range w.open() {
		if strings.Contains(e.Title, name) {
			found = append(found, e)
		}
	}
	return found
}
