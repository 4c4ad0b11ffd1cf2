package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"throughline/bench/program"
	"throughline/models"
	"throughline/models/store"
)

const (
	fileSource = "warehouse"
	// rowsAtOnce is how many rows the sender sends in a turn, as many as the tower
	// takes in at a time.
	rowsAtOnce = 500
	// rowsAhead bounds what is on the way: buffers of a connection would keep the
	// tower busy through the interval in which the measured source is to be alone.
	rowsAhead = 10 * rowsAtOnce
)

// file is one upload of demand history that is held while the measured source is alone.
type file struct {
	rows   int
	tower  *program.Program
	gate   chan struct{} // a turn of the sender
	let    int64         // rows that were sent
	done   atomic.Bool
	ran    time.Duration
	result chan error
	answer models.FileAnswer
}

func (f *file) name() string  { return "file" }
func (f *file) title() string { return fmt.Sprintf("a CSV file of %d rows in the bulk lane", f.rows) }

func (f *file) move(ctx context.Context, tower *program.Program) error {
	f.tower, f.gate, f.result = tower, make(chan struct{}), make(chan error, 1)
	key, err := issueKey(ctx, tower, fileSource)
	if err != nil {
		return err
	}
	body, write := io.Pipe()
	go func() { _ = write.CloseWithError(f.write(ctx, write)) }()
	go func() {
		f.result <- f.send(ctx, key, body)
		f.done.Store(true)
	}()
	return nil
}

func (f *file) send(ctx context.Context, key string, body io.Reader) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.tower.URL+"/api/v1/files?type="+string(models.TypeSalesHistory)+"&name=history.csv", body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "text/csv")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(res.Body)
		return fmt.Errorf("the tower answered %d: %.400s", res.StatusCode, text)
	}
	return json.NewDecoder(res.Body).Decode(&f.answer)
}

func (f *file) write(ctx context.Context, to io.Writer) error {
	out := bufio.NewWriter(to)
	_, _ = out.WriteString("item,dc,from,quantities,unit,version\n")
	first := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	for n := range int64(f.rows) {
		if n%rowsAtOnce == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-f.gate:
			}
		}
		turn := n / (items * dcs)
		_, _ = fmt.Fprintf(out, "%s,%s,%s,%d,EA,%d\n", itemName(n), dcName(n), first.AddDate(0, 0, int(turn)).Format(time.DateOnly), n%50, turn+1)
	}
	return out.Flush()
}

// be lets the sender go on, and waits at the end until the tower has taken in
// what is on its way, but for a step that is not full.
func (f *file) be(ctx context.Context) error {
	start := time.Now()
	defer func() { f.ran += time.Since(start) }()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !f.done.Load() {
		taken, err := f.taken(context.WithoutCancel(ctx))
		if err != nil {
			return err
		}
		if ctx.Err() != nil && f.let-taken < rowsAtOnce {
			return nil
		}
		f.turns(ctx, taken)
		<-tick.C
	}
	return nil
}

// turns gives the sender its turns while what is on the way is below its bound.
func (f *file) turns(ctx context.Context, taken int64) {
	for f.let-taken < rowsAhead && f.let < int64(f.rows) && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case f.gate <- struct{}{}:
			f.let += rowsAtOnce
		}
	}
}

// taken is how many rows of the file are in the log.
func (f *file) taken(ctx context.Context) (rows int64, err error) {
	err = f.tower.DB.Pool.QueryRow(ctx, `SELECT coalesce(sum(received), 0) FROM books_received WHERE source = $1`, fileSource).Scan(&rows)
	return rows, err
}

// leave lets the rest of the file in, with nobody beside it.
func (f *file) leave(ctx context.Context) (string, error) {
	if f.done.Load() {
		return "", fmt.Errorf("the file was over before the last interval: give it more rows (%+v): %w", f.answer, <-f.result)
	}
	beside, start := f.let, time.Now()
	rate := float64(beside) / f.ran.Seconds()
	alone, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	if err := f.be(alone); err != nil {
		return "", err
	}
	if !f.done.Load() {
		return "", errors.New("the rest of the file was not taken in")
	}
	if err := <-f.result; err != nil {
		return "", err
	}
	rest := time.Since(start)
	if err := settle(ctx, f.tower); err != nil {
		return "", err
	}
	books, err := store.NewBooks(f.tower.DB).Read(ctx)
	if err != nil {
		return "", err
	}
	if f.answer.Accepted != int64(f.rows) || books.Total.Pending != 0 || books.Total.Parked != 0 || books.Total.Missing() != 0 {
		return "", fmt.Errorf("not every row took effect: %+v, books %+v", f.answer, books.Total)
	}
	return fmt.Sprintf("Beside the source %.0f rows a second were taken in, alone %.0f. All %d took effect.", rate, float64(int64(f.rows)-beside)/rest.Seconds(), f.rows), nil
}
