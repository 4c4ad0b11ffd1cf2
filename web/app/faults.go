package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"throughline/models"
)

const controlTimeout = 10 * time.Second

// faultBoard asks the control server of the demo's systems, which knows what
// is broken.
type faultBoard struct {
	base func() string
	http *http.Client
}

func (p *Program) faultBoard() *faultBoard {
	return &faultBoard{
		base: func() string { return *p.control.Load() }, // known before HTTP starts
		http: &http.Client{Timeout: controlTimeout},
	}
}

// Faults reads what can be broken and what was.
func (b *faultBoard) Faults(ctx context.Context) (models.FaultBoard, error) {
	var board models.FaultBoard
	return board, b.ask(ctx, http.MethodGet, "/faults", &board)
}

// Break breaks something now. CodeNotFound when there is no such fault,
// CodeConflict when it cannot be broken at present.
func (b *faultBoard) Break(ctx context.Context, name string) (models.FaultEntry, error) {
	var entry models.FaultEntry
	return entry, b.ask(ctx, http.MethodPost, "/faults/"+url.PathEscape(name), &entry)
}

func (b *faultBoard) ask(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, b.base()+path, nil)
	if err != nil {
		return fmt.Errorf("ask the demo's systems: %w", err)
	}
	res, err := b.http.Do(req)
	if err != nil {
		return models.Wrap(models.CodeUnavailable, err, "The demo's systems do not answer at the moment.")
	}
	defer func() { _ = res.Body.Close() }()
	switch res.StatusCode {
	case http.StatusOK, http.StatusAccepted:
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			return fmt.Errorf("read the answer of the demo's systems: %w", err)
		}
		return nil
	case http.StatusNotFound:
		return models.Errorf(models.CodeNotFound, "There is no such fault.")
	}
	var refusal struct{ Message string }
	if err := json.NewDecoder(res.Body).Decode(&refusal); err != nil {
		return models.Wrap(models.CodeUnavailable, err, "The demo's systems answered with a failure.")
	}
	return models.Errorf(models.CodeConflict, "%s", refusal.Message)
}
