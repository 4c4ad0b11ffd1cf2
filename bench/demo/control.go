package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"throughline/models"
)

// Press works a button of the panel of faults; query may say for how long.
// refused says that there is nothing to do it to, or that it lasts already.
func (d *Demo) Press(ctx context.Context, button, query string) (refused bool, err error) {
	err = d.Ask(ctx, http.MethodPost, "/faults/"+button+query, nil)
	if answered, ok := errors.AsType[*refusal](err); ok && answered.status == http.StatusConflict {
		return true, nil
	}
	return false, err
}

// Clock is the demo's business clock.
func (d *Demo) Clock(ctx context.Context) (models.BusinessClock, error) {
	var clock models.BusinessClock
	return clock, d.Ask(ctx, http.MethodGet, "/clock", &clock)
}

// Unsent is how many events the systems have not sent yet.
func (d *Demo) Unsent(ctx context.Context) (int64, error) {
	var systems map[string]struct{ Waiting int64 }
	err := d.Ask(ctx, http.MethodGet, "/outbox", &systems)
	var n int64
	for _, s := range systems {
		n += s.Waiting
	}
	return n, err
}

type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the demo's systems answered %d: %s", r.status, r.text)
}

// Ask calls the server that controls the systems and decodes its answer into
// into, unless that is nil. A status of 400 or more is an error.
func (d *Demo) Ask(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, d.control+path, nil)
	if err != nil {
		return err
	}
	res, err := d.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1024))
		return &refusal{res.StatusCode, string(text)}
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
