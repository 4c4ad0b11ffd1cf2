package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"throughline/models"
)

// startDemo starts the distributor's systems and says how to sign in.
func (p *Program) startDemo(context.Context) error {
	p.say("Throughline is ready: %s", p.url)
	if p.hint != "" {
		p.say("%s", p.hint)
	}
	return nil
}

// ResetDemo throws away everything that the demo has kept: the private
// Postgres and the simulator's files. A database of one's own is never emptied.
func ResetDemo(_ context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	if cfg.DatabaseURL != "" {
		return models.Errorf(models.CodePrecondition, "--reset empties only the private Postgres; drop and create the database behind DATABASE_URL yourself.")
	}
	for _, name := range []string{"postgres", "simulator"} {
		if err := os.RemoveAll(filepath.Join(cfg.Data, name)); err != nil {
			return fmt.Errorf("reset the demo: %w", err)
		}
	}
	return nil
}
