package api

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
)

const (
	exportPath = "/api/v1/export/"
	ndjsonType = "application/x-ndjson"

	// An export holds a connection and a snapshot of the database: few at a
	// time, each for so long, and a reader that takes nothing is cut off.
	mostExports    = 2
	exportPatience = 30 * time.Minute
	readerPatience = 30 * time.Second
	exportBuffer   = 64 << 10
)

// exportEnd is the last line: without it the export is incomplete.
type exportEnd struct {
	Next string `json:"next"`
	Rows int64  `json:"rows"`
}

// getExport streams an entity's records as lines, each as it comes from the database.
func (a *API) getExport(c echo.Context) error {
	key, err := a.reader(c)
	if err != nil {
		return a.writeProblem(c, err)
	}
	asked, err := models.ParseChangeFilter(c.Param("entity"), c.QueryParam("dc"))
	if err != nil {
		return a.writeProblem(c, err)
	}
	if len(asked.Entities) != 1 {
		return a.writeProblem(c, models.Wrap(models.CodeInvalid, models.ErrMalformed, "An export is of one entity."))
	}
	filter, err := asked.For(key)
	if err != nil {
		return a.writeProblem(c, err)
	}
	leave, err := a.beginExport()
	if err != nil {
		return a.writeProblem(c, err)
	}
	defer leave()
	err = a.stream(c, filter, func(end []models.ChangePlace) string { return models.EncodeDelta(end, asked, key) })
	if err == nil && c.Response().Status == http.StatusOK {
		a.noteExport(c.Request().Context(), key, asked)
	}
	return err
}

// beginExport takes a place among the exports that may run at a time; leave gives
// it back. CodeUnavailable when all are taken.
func (a *API) beginExport() (leave func(), _ error) {
	select {
	case a.exports <- struct{}{}:
		return func() { <-a.exports }, nil
	default:
		busy := models.Errorf(models.CodeUnavailable, "As many exports as may run at a time are running. Ask again after the pause in Retry-After.")
		busy.RetryAfter, busy.Hop = 10*time.Second, "exports"
		return nil, busy
	}
}

func (a *API) stream(c echo.Context, f models.ChangeFilter, token func([]models.ChangePlace) string) error {
	return a.streamLines(c, func(ctx context.Context, to *lines) error {
		end, err := a.cfg.Exports.Export(ctx, f, to.record)
		if err != nil {
			return err
		}
		return to.finish(exportEnd{Next: token(end), Rows: to.rows})
	})
}

// streamLines answers with what write writes. Where that breaks off after the
// first bytes, the connection is cut.
func (a *API) streamLines(c echo.Context, write func(ctx context.Context, to *lines) error) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), exportPatience)
	defer cancel()
	err := write(ctx, newLines(c))
	switch {
	case err == nil:
		return nil
	case !c.Response().Committed:
		return a.writeProblem(c, err)
	case c.Request().Context().Err() == nil:
		a.cfg.Log.ErrorContext(ctx, "an export broke off", slog.Any("error", err))
	}
	panic(http.ErrAbortHandler) // the reader must not take a part for the whole
}

// lines writes NDJSON; nothing is sent before the first buffer is full.
type lines struct {
	out  *bufio.Writer
	rows int64
}

func newLines(c echo.Context) *lines {
	return &lines{out: bufio.NewWriterSize(&patientWriter{c: c, control: http.NewResponseController(c.Response())}, exportBuffer)}
}

func (l *lines) record(t models.EventType, data []byte) error {
	l.rows++
	_, _ = l.out.WriteString(`{"type":"`)
	_, _ = l.out.WriteString(string(t))
	_, _ = l.out.WriteString(`","data":`)
	_, _ = l.out.Write(data)
	_, err := l.out.WriteString("}\n") // a buffered writer keeps its first error
	return err
}

// write appends v as a line of its own.
func (l *lines) write(v any) error {
	l.rows++
	return json.NewEncoder(l.out).Encode(v)
}

// finish appends the last line, which says that the export is whole.
func (l *lines) finish(end any) error {
	if err := json.NewEncoder(l.out).Encode(end); err != nil {
		return err
	}
	return l.out.Flush()
}

// patientWriter sends the header with the first bytes and waits for a slow reader so long.
type patientWriter struct {
	c       echo.Context
	control *http.ResponseController
}

func (w *patientWriter) Write(b []byte) (int, error) {
	if !w.c.Response().Committed {
		w.c.Response().Header().Set(echo.HeaderContentType, ndjsonType)
		w.c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
		w.c.Response().WriteHeader(http.StatusOK)
	}
	// Only a connection of a test's own making has no deadline.
	_ = w.control.SetWriteDeadline(time.Now().Add(readerPatience))
	n, err := w.c.Response().Write(b)
	if err == nil {
		_ = w.control.SetWriteDeadline(time.Time{})
	}
	return n, err
}
