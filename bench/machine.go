package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"throughline/models/store"
)

// machine is what the figures were measured on.
type machine struct {
	cpu      string
	cores    int
	goTool   string
	postgres string
}

func (b *bench) machine(ctx context.Context) (machine, error) {
	m := machine{cpu: cpuModel(), cores: runtime.NumCPU(), goTool: runtime.Version()}
	db, err := store.Open(ctx, store.Config{DSN: b.admin, MaxConnections: 1})
	if err != nil {
		return m, err
	}
	defer db.Close()
	return m, db.Pool.QueryRow(ctx, `SHOW server_version`).Scan(&m.postgres)
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s, PostgreSQL %s", m.cpu, m.cores, m.goTool, m.postgres)
}

// cpuModel is the processor as Linux names it, elsewhere its architecture.
func cpuModel() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, model, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return cmp.Or(strings.TrimSpace(model), runtime.GOARCH)
		}
	}
	return runtime.GOARCH
}

// peakMemory is the most memory that this process has had, in bytes: the tower
// and those who send to it, without Postgres.
func peakMemory() (int64, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("read the peak memory: %w", err)
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss, nil
	}
	return usage.Maxrss << 10, nil // other systems count kibibytes
}
