package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
)

const (
	// fileStep is how many rows of a file are taken in at a time, and so how many
	// events of the real-time lane a goods receipt may find before it.
	fileStep = 500
	// fileFaults bounds the rejected rows that an answer lists.
	fileFaults = 100
	// filePatience is how long a step may wait for the queue, the key's limit or
	// the events before it.
	filePatience = time.Minute
	fileAgain    = 20 * time.Millisecond
)

// Progress tells whether the log up to some places has been taken into effect.
type Progress interface {
	Passed(ctx context.Context, places map[int16]int64) (bool, error)
}

// AcceptFile takes in a CSV file whose header names fields of the contract, a row
// an event. A row's event is known by what the row says, so that a file may be
// sent again, whole or mended. A type of the real-time lane is taken in step by
// step, each when the one before has taken effect: whatever else arrives waits
// for one step at most. An error after the header leaves what the answer counts
// stored: the file is to be sent again.
func (s *Service) AcceptFile(ctx context.Context, r models.FileRequest) (models.FileAnswer, error) {
	key, err := s.cfg.Keys.Authenticate(ctx, r.Authorization)
	if err != nil {
		return models.FileAnswer{}, unavailable(err)
	}
	if !key.May(models.ScopeSend) || !key.Allows(r.Type) {
		return models.FileAnswer{}, models.Errorf(models.CodeForbidden, "This API key of %s may not bring events of the type %s.", key.Source, r.Type)
	}
	columns, err := s.cfg.Contracts.Columns(r.Type)
	if err != nil {
		return models.FileAnswer{}, err
	}
	rows, err := newTable(r.Body, r.Encoding, columns)
	if err != nil {
		return models.FileAnswer{}, err
	}
	f := file{service: s, key: key, request: r, rows: rows}
	err = f.load(ctx)
	return f.answer, err
}

// file is a file on its way.
type file struct {
	service *Service
	key     models.APIKey
	request models.FileRequest
	rows    *table
	answer  models.FileAnswer
}

func (f *file) load(ctx context.Context) error {
	for more := true; more; {
		if p, paused := f.service.cfg.Paused(f.key.Source); paused {
			return f.service.comeLater(p)
		}
		began := time.Now()
		step, lines, err := f.read()
		read := time.Since(began)
		more = err == nil
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := f.take(ctx, step, lines); err != nil {
			return err
		}
		if f.request.Type.Lane() == models.LaneBulk {
			f.service.cfg.Traffic.GiveWay(ctx, read)
		}
		if f.request.Alive != nil {
			f.request.Alive()
		}
	}
	return nil
}

// read judges the next rows; io.EOF comes with the last. lines are those of the
// results.
func (f *file) read() (step *batch, lines []int, err error) {
	step = f.service.newBatch(f.key)
	for len(lines) < f.step() {
		r, err := f.rows.next()
		if err != nil {
			return step, lines, err
		}
		var fault error
		if r.fault != "" {
			fault = &contract.Fault{Message: r.fault}
		}
		if err := step.add(f.envelope(r), fault); err != nil {
			return step, lines, err
		}
		lines = append(lines, r.line)
	}
	return step, lines, nil
}

// step is how many rows are taken in at a time: no more than the key may bring at
// once, nor in half of the patience, so that its limit slows a file down and does
// not end it.
func (f *file) step() int {
	if limit := f.key.Strictest(); limit.Limited() {
		inTime := int(min(limit.Rate*(filePatience/2).Seconds(), fileStep))
		return max(min(inTime, limit.Burst), 1)
	}
	return fileStep
}

// envelope makes a row an event, with the file and line that it came from.
func (f *file) envelope(r row) contract.Envelope {
	sum := sha256.Sum256([]byte(string(f.request.Type) + "\x00" + r.data))
	from := map[string]any{"fileline": r.line}
	if f.request.Name != "" {
		from["file"] = f.request.Name
	}
	extensions, _ := json.Marshal(from) // text and a number always marshal
	return contract.Envelope{
		ID: "row-" + hex.EncodeToString(sum[:16]), Source: f.key.Source, Type: string(f.request.Type),
		Extensions: string(extensions), Data: r.data, Raw: r.data,
	}
}

// take stores a step and counts what became of it.
func (f *file) take(ctx context.Context, step *batch, lines []int) error {
	if step.answer.Paused > 0 {
		e := models.Errorf(models.CodeUnavailable, "%s of %s is paused. Send the file again after the pause in Retry-After.", f.request.Type.Entity(), f.key.Source)
		e.RetryAfter, e.Hop = step.answer.RetryAfter, "a pause"
		return e
	}
	ctx, cancel := context.WithTimeout(ctx, filePatience)
	defer cancel()
	if err := patiently(ctx, func() error { return f.charge(len(lines)) }); err != nil {
		if coded, ok := errors.AsType[*models.Error](err); ok && coded.Code == models.CodeThrottled {
			f.service.cfg.Limits.TurnedAway(f.key)
			coded.Message = "The key's limit held the file up for too long. Send the file again after the pause in Retry-After: what is stored of it counts as known."
		}
		return err
	}
	var answer models.IntakeAnswer
	err := patiently(ctx, func() (err error) {
		answer, err = step.append(ctx)
		return err
	})
	if err != nil {
		return err
	}
	f.count(answer, lines)
	return f.wait(ctx, step.entries, answer, step.places)
}

// charge takes rows from what the key may bring. A file waits for it here, so
// that nobody is told of a quota that is used up before the patience is.
func (f *file) charge(rows int) error {
	if f.service.cfg.Limits == nil {
		return nil
	}
	_, err := f.service.cfg.Limits.take(f.key, rows)
	return err
}

// patiently tries again while there is no room, as long as ctx lasts.
func patiently(ctx context.Context, try func() error) error {
	for {
		err := try()
		code := models.CodeOf(err)
		if err == nil || code != models.CodeUnavailable && code != models.CodeThrottled {
			return err
		}
		pause := fileAgain
		if coded, ok := errors.AsType[*models.Error](err); ok && coded.RetryAfter > 0 {
			pause = coded.RetryAfter
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

func (f *file) count(answer models.IntakeAnswer, lines []int) {
	f.answer.Rows += int64(len(lines))
	f.answer.Accepted += int64(answer.Accepted)
	f.answer.Duplicate += int64(answer.Duplicate)
	f.answer.Conflict += int64(answer.Conflict)
	f.answer.Rejected += int64(answer.Rejected)
	for i := range answer.Results {
		result := &answer.Results[i]
		if result.Status != models.IntakeRejected || len(f.answer.Faults) == fileFaults {
			continue
		}
		for j := range result.Errors { // a column has no payload around it
			result.Errors[j].Pointer = strings.TrimPrefix(result.Errors[j].Pointer, "/data")
		}
		f.answer.Faults = append(f.answer.Faults, models.RejectedRow{Line: lines[i], Errors: result.Errors})
	}
}

// wait returns when what was stored in the real-time lane has taken effect.
func (f *file) wait(ctx context.Context, entries []store.Entry, answer models.IntakeAnswer, places []int) error {
	if f.request.Type.Lane() == models.LaneBulk || f.service.cfg.Progress == nil {
		return nil
	}
	ends := map[int16]int64{}
	for i := range entries {
		if result := answer.Results[places[i]]; result.Status == models.IntakeAccepted {
			ends[entries[i].Shard] = max(ends[entries[i].Shard], result.Seq)
		}
	}
	return patiently(ctx, func() error {
		passed, err := f.service.cfg.Progress.Passed(ctx, ends)
		if err != nil || passed {
			return err
		}
		return models.Errorf(models.CodeUnavailable, "%s", "What was taken in of this file does not take effect. "+
			strconv.FormatInt(f.answer.Rows, 10)+" rows are stored; send the file again later, they count as duplicates.")
	})
}
