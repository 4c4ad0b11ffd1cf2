package app

import (
	"context"
	"path/filepath"

	"throughline/sync/machine"
)

// startMachine looks at the disk and the clock of this process's machine.
func (p *Program) startMachine(ctx context.Context) error {
	directory := p.cfg.Data
	if p.cfg.DatabaseURL != "" {
		directory = standing(directory) // nothing needs it before a demo or a file does
	}
	sampler, err := machine.New(machine.Config{DB: p.db, Directory: directory, Database: p.cfg.DatabaseURL == "", Logger: p.cfg.Log})
	if err != nil {
		return err
	}
	p.metrics.gauge("disk_free_bytes", "What the tower may still write where its data directory lies.", func() float64 { return float64(sampler.Last().Free) })
	p.metrics.gauge("disk_size_bytes", "Size of that file system.", func() float64 { return float64(sampler.Last().Size) })
	p.metrics.gauge("clock_ahead_seconds", "By how much the machine's clock is ahead of the database's.", func() float64 { return sampler.Last().ClockAhead.Seconds() })
	return p.startService(ctx, "machine", sampler)
}

// standing is a directory, or the nearest above it that exists.
func standing(directory string) string {
	for !exists(directory) && directory != filepath.Dir(directory) {
		directory = filepath.Dir(directory)
	}
	return directory
}
