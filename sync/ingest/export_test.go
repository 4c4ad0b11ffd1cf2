package ingest

import (
	"errors"
	"io"

	"throughline/models"
	"throughline/sync/contract"
)

// EachRow reads a file's rows; those whose cells cannot be told apart are left out.
func EachRow(registry *contract.Registry, t models.EventType, body io.Reader, each func(line int, data string)) error {
	columns, err := registry.Columns(t)
	if err != nil {
		return err
	}
	rows, err := newTable(body, "", columns)
	if err != nil {
		return err
	}
	for {
		r, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if r.fault == "" {
			each(r.line, r.data)
		}
	}
}
