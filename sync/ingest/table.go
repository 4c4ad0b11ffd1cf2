package ingest

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"throughline/models"
	"throughline/sync/contract"
)

// table reads the rows of a CSV file, one at a time: a file may be larger than
// memory, and so may a row whose quotes are never closed.
type table struct {
	columns contract.Columns
	names   []string // of the columns, in their order
	rows    *csv.Reader
	source  *boundedReader
}

// row is one fact of a table. fault says that its cells cannot be told apart.
type row struct {
	line  int
	data  string
	fault string
}

// newTable reads the header. CodeInvalid says what is wrong with it.
func newTable(body io.Reader, encoding string, columns contract.Columns) (*table, error) {
	switch strings.ToLower(encoding) {
	case "", "identity":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return nil, badGzip(err)
		}
		body = unpacked
	default:
		return nil, invalid(models.ErrMediaType, "Content-Encoding must be gzip, or left out.")
	}
	buffered := bufio.NewReader(body)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3) // of spreadsheets
	}
	t := &table{columns: columns, source: &boundedReader{from: buffered, left: MaxEventBytes}}
	t.rows = csv.NewReader(t.source)
	t.rows.ReuseRecord = true
	return t, t.readHeader()
}

func (t *table) readHeader() error {
	header, err := t.rows.Read()
	if err != nil {
		return invalid(errors.Join(models.ErrMalformed, err), "The file has no header: its first line names the fields of the contract, with commas between them.")
	}
	seen := map[string]bool{}
	for _, title := range header {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(title)), " ", "_")
		if _, known := t.columns[name]; !known || seen[name] {
			return invalid(models.ErrMalformed, fmt.Sprintf("The column %q is no field of the contract, or comes twice.", title))
		}
		seen[name] = true
		t.names = append(t.names, name)
	}
	return nil
}

// next is the next row; io.EOF after the last. Any other error ends the file.
func (t *table) next() (row, error) {
	t.source.left = MaxEventBytes
	cells, err := t.rows.Read()
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return row{line: parse.StartLine, fault: parse.Err.Error()}, nil
	case errors.Is(err, errLongRow):
		return row{}, invalid(errors.Join(models.ErrTooLarge, err), "A row is longer than 1 MB, or its quotes are not closed.")
	case errors.Is(err, io.EOF):
		return row{}, io.EOF
	case err != nil:
		return row{}, invalid(errors.Join(models.ErrMalformed, err), "The file breaks off, or is not whole gzip data. Send it again as a whole.")
	}
	line, _ := t.rows.FieldPos(0)
	return row{line: line, data: t.columns.Row(t.names, cells)}, nil
}

var errLongRow = errors.New("the row is too long")

// boundedReader gives no more than left bytes until somebody says how many more.
type boundedReader struct {
	from io.Reader
	left int
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLongRow
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
