package outbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// maxLine bounds a line of a file, in bytes.
const maxLine = 4 << 20

// writeFile writes the rows that belong to a file, one event a line, unless it
// is there already: under its name it is always whole.
func (s *Sender) writeFile(ctx context.Context, name, path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	found, err := s.cfg.DB.Query(ctx, `SELECT `+columns+` FROM outbox WHERE source = $1 AND file = $2 ORDER BY id`, s.cfg.Source, name)
	if err != nil {
		return err
	}
	rows, err := pgx.CollectRows(found, scanRow)
	if err != nil {
		return err
	}
	if err := s.number(ctx, rows); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return replace(path, func(out *bufio.Writer) error {
		lines := json.NewEncoder(out)
		for _, r := range rows {
			if err := lines.Encode(s.event(r)); err != nil {
				return err
			}
		}
		return nil
	})
}

// replace lets a file appear under its name only when it is written and on the disk.
func replace(path string, write func(*bufio.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".half-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	out := bufio.NewWriter(file)
	if err := errors.Join(write(out), out.Flush(), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// load sends the lines of a file that the tower has not answered for. whole is
// false when a hold came in between, or the tower takes some of it later. A file that lacks some of its rows is of
// another life of this database: it is thrown away and written anew by the next round.
func (s *Sender) load(ctx context.Context, name, path string) (whole bool, err error) {
	open, err := s.openRows(ctx, name)
	if err != nil {
		return false, err
	}
	rows, err := s.readFile(path, open)
	if err != nil {
		return false, err
	}
	if len(rows) < len(open) {
		return false, os.Remove(path)
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return slices.Contains(s.pausedTypes(), r.eventType) })
	for len(rows) > 0 {
		if s.cfg.Hold().All {
			return false, nil
		}
		part := rows[:min(len(rows), s.limit)]
		settled, err := s.send(ctx, part)
		if err != nil {
			return false, err
		}
		if settled {
			rows = rows[len(part):]
		}
	}
	return len(s.pausedTypes()) == 0, nil
}

// openRows are the ids of a file's rows that are not settled.
func (s *Sender) openRows(ctx context.Context, name string) (map[int64]bool, error) {
	found, err := s.cfg.DB.Query(ctx, "SELECT id FROM outbox WHERE source = $1 AND file = $2", s.cfg.Source, name)
	if err != nil {
		return nil, err
	}
	open := make(map[int64]bool)
	var id int64
	_, err = pgx.ForEachRow(found, []any{&id}, func() error {
		open[id] = true
		return nil
	})
	return open, err
}

// readFile reads the lines of a file whose rows are wanted.
func (s *Sender) readFile(path string, wanted map[int64]bool) ([]row, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var rows []row
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		r, ours, err := s.rowOf(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if ours && wanted[r.id] {
			rows = append(rows, r)
		}
	}
	return rows, lines.Err()
}

// rowOf reads a line back; ours is false for one of another life of the database.
func (s *Sender) rowOf(line []byte) (r row, ours bool, err error) {
	var e cloudEvent
	if err := json.Unmarshal(line, &e); err != nil {
		return r, false, err
	}
	number, ours := strings.CutPrefix(e.ID, s.instance+"-")
	if !ours {
		return r, false, nil
	}
	r = row{
		eventType: e.Type, subject: e.Subject, item: e.Item, dc: e.DC, occurredAt: e.Time, data: string(e.Data),
		cause: Cause{TraceParent: models.TraceParent(e.TraceParent), Correlation: e.CorrelationID, Causation: e.CausationID},
	}
	if r.id, err = strconv.ParseInt(number, 10, 64); err != nil {
		return r, false, err
	}
	r.sequence, err = strconv.ParseInt(e.Sequence, 10, 64)
	return r, true, err
}
