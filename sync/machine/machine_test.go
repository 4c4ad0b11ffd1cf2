package machine_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/machine"
)

func TestTheClockIsComparedWithTheDatabasesAndWithItself(t *testing.T) {
	db := storetest.New(t)
	var ahead time.Duration
	sampler, err := machine.New(machine.Config{DB: db, Directory: t.TempDir(), Now: func() time.Time { return time.Now().Add(ahead) }})
	if err != nil {
		t.Fatal(err)
	}
	look := func() models.Machine {
		t.Helper()
		if err := sampler.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := store.NewMachines(db).Read(t.Context(), time.Minute)
		if err != nil || len(found) != 1 {
			t.Fatalf("%+v, %v", found, err)
		}
		return found[0]
	}
	near := func(got, want time.Duration) bool { return (got - want).Abs() < time.Second/2 }
	if m := look(); !near(m.ClockAhead, 0) || m.Jump != 0 || !m.JumpedAt.IsZero() {
		t.Errorf("a clock that is right: %+v", m)
	}
	ahead = -time.Hour
	if m := look(); !near(m.ClockAhead, -time.Hour) || !near(m.Jump, -time.Hour) || m.JumpedAt.IsZero() {
		t.Errorf("a clock that was set back: %+v", m)
	}
	if m := look(); !near(m.Jump, -time.Hour) {
		t.Errorf("the jump is forgotten by the next look: %+v", m)
	}
	ahead = 0
	if m := look(); !near(m.ClockAhead, 0) || !near(m.Jump, time.Hour) {
		t.Errorf("a clock that was set right again: %+v", m)
	}
	if old, err := store.NewMachines(db).Read(t.Context(), 0); err != nil || old[0].Jump != 0 {
		t.Errorf("a jump of long ago: %+v, %v", old, err)
	}
}

func TestTheDiskIsThatOfTheDataDirectory(t *testing.T) {
	directory := t.TempDir()
	sampler, err := machine.New(machine.Config{DB: storetest.New(t), Directory: directory, Database: true})
	if err != nil {
		t.Fatal(err)
	}
	if last := sampler.Last(); last != (models.Machine{}) {
		t.Errorf("before the first look: %+v", last)
	}
	if err := sampler.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := sampler.Last()
	if m.Directory != directory || !m.Database || m.Free <= 0 || m.Size <= m.Free || m.FreePercent() >= 100 {
		t.Errorf("%+v", m)
	}
}

func TestADiskThatCannotBeReadIsKeptWithItsReason(t *testing.T) {
	db := storetest.New(t)
	sampler, err := machine.New(machine.Config{DB: db, Directory: filepath.Join(t.TempDir(), "gone")})
	if err != nil {
		t.Fatal(err)
	}
	if err := sampler.Look(t.Context()); err == nil {
		t.Error("the log does not hear of it")
	}
	found, err := store.NewMachines(db).Read(t.Context(), time.Minute)
	if err != nil || len(found) != 1 || !strings.Contains(found[0].DiskFault, "no such file") {
		t.Errorf("%+v, %v", found, err)
	}
}
