// Package webhook receives what the tower delivers to a simulated system: it
// verifies the Standard Webhooks signature and hands the events on.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"throughline/models"
)

// maxBody bounds a delivery, in bytes.
const maxBody = 8 << 20

// Event is one delivered CloudEvent.
type Event struct {
	ID      string           `json:"id"`
	Source  string           `json:"source"`
	Type    models.EventType `json:"type"`
	Subject string           `json:"subject"`
	Time    time.Time        `json:"time"`
	Item    string           `json:"item"`
	DC      string           `json:"dc"`

	Sequence string `json:"sequence"`

	TraceParent   models.TraceParent `json:"traceparent,omitempty"`
	CorrelationID string             `json:"correlationid,omitempty"`
	CausationID   string             `json:"causationid,omitempty"`

	Data json.RawMessage `json:"data"`
}

// Handle takes the events of one delivery and returns nil when they are
// durably noted. It may see a delivery more than once.
type Handle func(ctx context.Context, events []Event) error

// Refusal is the error of a Handle that will never take a delivery, in words for
// whoever sent it.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// BusyError is Handle's answer while it takes nothing: the tower is to come again
// after a pause.
type BusyError struct{ Pause time.Duration }

func (e *BusyError) Error() string { return fmt.Sprintf("busy for %s", e.Pause) }

// Receiver is the HTTP handler. It answers 204 after Handle, 401 to a wrong
// signature, 400 to what is no batch of events, 422 to what Handle refuses for
// good, 429 with Retry-After when it is busy and 503 when it fails otherwise, so
// that the tower sends again.
type Receiver struct {
	key    *standardwebhooks.Webhook
	handle Handle
	logger *slog.Logger
}

// New makes a Receiver with the secret (whsec_…) that the tower signs with.
func New(secret string, handle Handle, logger *slog.Logger) (*Receiver, error) {
	if secret == "" {
		return nil, errors.New("webhook: a secret is needed")
	}
	key, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	return &Receiver{key: key, handle: handle, logger: logger}, nil
}

func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody))
	if err != nil {
		http.Error(w, "the delivery is too large or was cut off", http.StatusBadRequest)
		return
	}
	if err := r.key.Verify(body, request.Header); err != nil {
		http.Error(w, "the signature does not fit", http.StatusUnauthorized)
		return
	}
	events, err := Decode(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	err = r.handle(request.Context(), events)
	if refusal, ok := errors.AsType[Refusal](err); ok {
		http.Error(w, refusal.Error(), http.StatusUnprocessableEntity)
		return
	}
	if err != nil {
		if request.Context().Err() == nil {
			r.logger.WarnContext(request.Context(), "delivery not taken", slog.Any("error", err))
		}
		if busy, ok := errors.AsType[*BusyError](err); ok {
			w.Header().Set("Retry-After", strconv.Itoa(int(busy.Pause.Seconds())))
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return
		}
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Decode reads a JSON batch of CloudEvents.
func Decode(body []byte) ([]Event, error) {
	var events []Event
	if err := json.Unmarshal(body, &events); err != nil {
		return nil, fmt.Errorf("not a batch of CloudEvents: %w", err)
	}
	for i, event := range events {
		if event.ID == "" || event.Source == "" || event.Type == "" {
			return nil, fmt.Errorf("event %d has no id, source or type", i)
		}
	}
	return events, nil
}
