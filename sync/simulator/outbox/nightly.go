package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/sync/simulator/simdb"
)

// keptNights is how many nights a file is kept after its own.
const keptNights = 5

// Nightly makes a Sender gather all day and send once a business night, by a
// file that is named after its source and the night's date.
type Nightly struct {
	Dir string // of the files, made when it is missing
	// Last is the business time of the newest night whose file may be written;
	// zero as long as there was none.
	Last func() time.Time
}

// exchange writes the file of a night that has come and loads it. A file that a
// crash left behind is loaded before another is cut.
func (s *Sender) exchange(ctx context.Context, hold Hold) (more bool, err error) {
	name, err := s.openFile(ctx)
	if err == nil && name == "" {
		name, err = s.cut(ctx, hold)
	}
	if err != nil || name == "" {
		return false, err
	}
	path := filepath.Join(s.cfg.Nightly.Dir, name)
	if err := s.writeFile(ctx, name, path); err != nil {
		return false, fmt.Errorf("write %s: %w", name, err)
	}
	if err := s.sendAgain(ctx); err != nil {
		return false, err
	}
	whole, err := s.load(ctx, name, path)
	if err != nil {
		return false, fmt.Errorf("load %s: %w", name, err)
	}
	if !whole {
		return false, nil
	}
	return true, s.prune(name)
}

// openFile names the oldest file with a line that the tower has not answered for.
func (s *Sender) openFile(ctx context.Context) (name string, err error) {
	err = s.cfg.DB.QueryRow(ctx, `
		SELECT file FROM outbox WHERE source = $1 AND file IS NOT NULL ORDER BY file LIMIT 1`, s.cfg.Source).Scan(&name)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("look for an open file of %s: %w", s.cfg.Source, err)
	}
	return name, nil
}

// cut decides what the file of a new night holds and returns its name, empty
// when no night has come or nothing was gathered. What is held goes with the
// night after the hold.
func (s *Sender) cut(ctx context.Context, hold Hold) (name string, err error) {
	night := s.cfg.Nightly.Last()
	if night.IsZero() {
		return "", nil
	}
	held := hold.DCs
	if held == nil {
		held = []string{}
	}
	date := night.Format(time.DateOnly)
	err = simdb.InTx(ctx, s.cfg.DB, func(tx pgx.Tx) error {
		state := "exchanged:" + s.cfg.Source
		last, _, err := simdb.State(ctx, tx, state)
		if err != nil || date <= last {
			return err
		}
		cut, err := tx.Exec(ctx, `UPDATE outbox SET file = $2 WHERE source = $1 AND file IS NULL AND NOT left_out AND NOT dc = ANY($3)`,
			s.cfg.Source, s.fileName(date), held)
		if err != nil {
			return err
		}
		if cut.RowsAffected() > 0 {
			name = s.fileName(date)
		}
		return simdb.SetState(ctx, tx, state, date)
	})
	if err != nil {
		return "", fmt.Errorf("cut the file of %s for %s: %w", s.cfg.Source, date, err)
	}
	return name, nil
}

const fileEnd = ".ndjson"

func (s *Sender) fileName(date string) string { return s.cfg.Source + "-" + date + fileEnd }

// prune removes the source's files that are older than keptNights before name.
func (s *Sender) prune(name string) error {
	date := strings.TrimSuffix(strings.TrimPrefix(name, s.cfg.Source+"-"), fileEnd)
	night, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return fmt.Errorf("the night of %s: %w", name, err)
	}
	oldest := s.fileName(night.AddDate(0, 0, -keptNights).Format(time.DateOnly))
	entries, err := os.ReadDir(s.cfg.Nightly.Dir)
	if err != nil {
		return fmt.Errorf("list old files: %w", err)
	}
	for _, entry := range entries {
		old := entry.Name()
		if !strings.HasPrefix(old, s.cfg.Source+"-") || !strings.HasSuffix(old, fileEnd) || old >= oldest {
			continue
		}
		if err := os.Remove(filepath.Join(s.cfg.Nightly.Dir, old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an old file: %w", err)
		}
	}
	return nil
}
