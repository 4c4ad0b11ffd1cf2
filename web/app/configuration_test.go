package app

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/configuration"
	"throughline/sync/watch"
)

const takenOver = 30 * time.Second

func TestTheDemoKeepsItsTargetsWhereAConfigurationDeclaresNone(t *testing.T) {
	p := demoOn(t, "windows:\n  in_flight: 170s\n")
	if err := p.startConfiguration(t.Context()); err != nil {
		t.Fatal(err)
	}
	ofTheDemo := func(d *configuration.Document) bool {
		return len(d.Windows.Targets) == len(p.cfg.Demo.targets()) && d.Throughput != nil && d.Throughput.Equal(*p.cfg.Demo.throughput())
	}
	if d := p.governing.Load(); d.Windows.InFlight != 170*time.Second || !ofTheDemo(d) {
		t.Errorf("at the start: %+v", d)
	}

	watcher, err := watch.New(watch.Config{DB: p.db, Clock: models.RealTime(), Windows: p.windows(p.declared.Windows)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop(t.Context()) })
	if err := p.startRetuning(t.Context(), watcher); err != nil {
		t.Fatal(err)
	}
	retuned := func(text string) *configuration.Document {
		t.Helper()
		before := p.governing.Load()
		if err := ApplyConfiguration(t.Context(), p.db, written(t, text), "test", false, nil, io.Discard); err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(takenOver); p.governing.Load() == before; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("the configuration was not taken over")
			}
		}
		return p.governing.Load()
	}
	if d := retuned("windows:\n  in_flight: 200s\n"); d.Windows.InFlight != 200*time.Second || !ofTheDemo(d) {
		t.Errorf("retuned: %+v", d)
	}
	d := retuned("throughput: 7\ntargets:\n  daily: {entity: inventory, freshness: 1h}\n")
	if len(d.Windows.Targets) != 1 || d.Windows.Targets[0].Name != "daily" || d.Throughput.IntPart() != 7 {
		t.Errorf("what is declared does not govern: %+v", d)
	}
}

// demoOn is a demo on a database of its own, of which nothing has started.
func demoOn(t *testing.T, text string) *Program {
	t.Helper()
	p, err := New(Config{
		Addr: "127.0.0.1:0", Data: t.TempDir(), Configuration: written(t, text), Log: slog.New(slog.DiscardHandler), Demo: &Demo{Day: 20 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.db = storetest.New(t)
	return p
}

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "throughline.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
