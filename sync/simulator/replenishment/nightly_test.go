package replenishment_test

import (
	"testing"
	"time"
)

// importsAt is an hour after the demo begins.
const importsAt = 6 * time.Hour

func TestEngineUsesTheFiguresOfTheLastImport(t *testing.T) {
	b := makeBench(t, importsAt)
	b.pass(0)
	b.deliver(b.balance("DC-LON", 1, 500), b.tenADay("DC-LON", 1))
	b.deliver(b.balance("DC-LON", 2, 400))
	if early, _ := b.pass(59 * time.Minute); len(early) != 0 {
		t.Errorf("%d evaluations before the night", len(early))
	}
	b.real = b.real.Add(2 * time.Minute)
	b.deliver(b.balance("DC-LON", 3, 50), b.tenADay("DC-LON", 2)) // when the night's file is closed
	evaluations, recommendations := b.pass(0)
	if len(evaluations) != 1 || len(recommendations) != 0 {
		t.Fatalf("%d evaluations, %d recommendations", len(evaluations), len(recommendations))
	}
	if basis := evaluations[0].Basis; basis.Inventory.Version != 2 || basis.ForecastRevision != 1 {
		t.Errorf("basis %+v, stock %+v", basis, basis.Inventory)
	}
	if day, _ := b.pass(22 * time.Hour); len(day) != 0 {
		t.Errorf("%d evaluations by day", len(day))
	}
	evaluations, recommendations = b.pass(2 * time.Hour)
	if len(evaluations) != 1 || len(recommendations) != 1 || evaluations[0].Basis.Inventory.Version != 3 {
		t.Errorf("the next night: %+v, %+v", evaluations, recommendations)
	}
}

func TestWhatWaitsForTheImportSurvivesARestart(t *testing.T) {
	b := makeBench(t, importsAt)
	b.pass(0)
	b.deliver(b.balance("DC-LON", 1, 500), b.tenADay("DC-LON", 1))
	b.restart()
	if early, _ := b.pass(0); len(early) != 0 {
		t.Errorf("%d evaluations before the night", len(early))
	}
	evaluations, _ := b.pass(2 * time.Hour)
	if len(evaluations) != 1 {
		t.Fatalf("%d evaluations", len(evaluations))
	}
	b.restart()
	if again, _ := b.pass(time.Minute); len(again) != 0 {
		t.Errorf("%d more evaluations of the same night", len(again))
	}
}

// restart starts the engine again at the same business time.
func (b *bench) restart() {
	b.t.Helper()
	if err := b.clock.Save(b.t.Context(), b.db); err != nil {
		b.t.Fatal(err)
	}
	b.start()
}
