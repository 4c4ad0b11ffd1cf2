package outbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// row is a message in the outbox.
type row struct {
	id                 int64
	eventType, subject string
	item, dc           string
	occurredAt         time.Time
	data               string
	sequence           int64 // 0 until it is numbered
	firstState         bool
	unnamed            bool // is sent without its id
	refused            bool // by the tower
	cause              Cause
}

// cloudEvent is the structured form that the intake takes in batches.
type cloudEvent struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id,omitempty"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject,omitempty"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	Item            string          `json:"item,omitempty"`
	DC              string          `json:"dc,omitempty"`
	TraceParent     string          `json:"traceparent"`
	CorrelationID   string          `json:"correlationid,omitempty"`
	CausationID     string          `json:"causationid,omitempty"`
	Sequence        string          `json:"sequence"`
	SequenceType    string          `json:"sequencetype"`
	SequencePart    string          `json:"sequencepartition"`
	Data            json.RawMessage `json:"data"`
}

// result is the tower's answer for one message.
type result struct {
	ID         string `json:"id"`
	Status     string `json:"status"`
	RetryAfter int    `json:"retry_after"` // seconds
	Errors     []struct {
		Pointer string `json:"pointer"`
		Message string `json:"message"`
	} `json:"errors"`
}

// answer is what the intake says to a batch, whether it took any of it or not.
type answer struct {
	Results []result `json:"results"`
	Detail  string   `json:"detail"`
}

// statusRejected is the answer for what the tower did not take and never will.
const statusRejected = "rejected"

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 4 << 20

// refusal is a request that the tower did not take as a whole.
type refusal struct {
	status     int
	detail     string
	permanent  bool // it will never take this request
	retryAfter time.Duration
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the tower answered %d: %s", r.status, r.detail)
}

// next reads the oldest messages that are not held.
func (s *Sender) next(ctx context.Context, hold Hold) ([]row, error) {
	held := hold.DCs
	if held == nil {
		held = []string{}
	}
	found, err := s.cfg.DB.Query(ctx, `
		SELECT `+columns+` FROM outbox
		WHERE source = $1 AND NOT left_out AND NOT dc = ANY($2) AND NOT type = ANY($3) ORDER BY id LIMIT $4`, s.cfg.Source, held, s.pausedTypes(), s.limit)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	rows, err := pgx.CollectRows(found, scanRow)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return rows, s.number(ctx, rows)
}

// columns are what scanRow reads.
const columns = "id, type, subject, item, dc, occurred_at, data, coalesce(sequence, 0), first_state, trace_parent, correlation, causation"

func scanRow(found pgx.CollectableRow) (r row, err error) {
	err = found.Scan(&r.id, &r.eventType, &r.subject, &r.item, &r.dc, &r.occurredAt, &r.data, &r.sequence, &r.firstState,
		&r.cause.TraceParent, &r.cause.Correlation, &r.cause.Causation)
	return r, err
}

// post sends rows as one batch and returns the answer for each. A single
// message that the tower will never take counts as rejected.
func (s *Sender) post(ctx context.Context, rows []row) ([]result, error) {
	events := make([]cloudEvent, len(rows))
	for i, r := range rows {
		events[i] = s.event(r)
	}
	body, err := json.Marshal(events)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.TowerURL+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.cfg.Key)
	request.Header.Set("User-Agent", s.cfg.Software)
	request.Header.Set("Content-Type", "application/cloudevents-batch+json")
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	return s.read(response, text, rows)
}

func (s *Sender) read(response *http.Response, text []byte, rows []row) ([]result, error) {
	var said answer
	// An answer from something in between may not be JSON; its status still counts.
	malformed := json.Unmarshal(text, &said)
	switch status := response.StatusCode; status {
	case http.StatusAccepted:
		if malformed != nil {
			return nil, fmt.Errorf("read the tower's answer: %w", malformed)
		}
		if len(said.Results) != len(rows) {
			return nil, fmt.Errorf("the tower answered for %d of %d events", len(said.Results), len(rows))
		}
		return said.Results, nil
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		if len(said.Results) == len(rows) {
			return said.Results, nil
		}
		if len(rows) == 1 {
			return []result{{ID: s.eventID(rows[0]), Status: statusRejected}}, nil
		}
		return nil, &refusal{status: status, detail: said.Detail, permanent: true}
	case http.StatusServiceUnavailable:
		if len(said.Results) == len(rows) { // paused, each with its wait
			return said.Results, nil
		}
		return nil, &refusal{status: status, detail: said.Detail, retryAfter: retryAfter(response.Header)}
	default:
		return nil, &refusal{status: status, detail: said.Detail, retryAfter: retryAfter(response.Header)}
	}
}

// retryAfter reads the form in seconds; the tower sends no dates.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return waitOf(seconds)
}

// waitOf is the wait that the tower asks for; it never means more than an hour.
func waitOf(seconds int) time.Duration {
	return time.Duration(min(seconds, 3600)) * time.Second
}

func (s *Sender) eventID(r row) string { return eventID(s.instance, r.id) }

func (s *Sender) event(r row) cloudEvent {
	id := s.eventID(r)
	named := id
	if r.unnamed {
		named = ""
	}
	return cloudEvent{
		SpecVersion: "1.0", ID: named, Source: s.cfg.Source,
		Type: r.eventType, Subject: r.subject, Time: r.occurredAt.UTC(),
		DataContentType: "application/json", Item: r.item, DC: r.dc,
		TraceParent: string(traceParent(s.cfg.Source, id, r.cause.TraceParent.TraceID())), Data: json.RawMessage(r.data),
		CorrelationID: r.cause.Correlation, CausationID: r.cause.Causation,
		Sequence: strconv.FormatInt(r.sequence, 10), SequenceType: "Integer", SequencePart: s.instance,
	}
}

// BeginTrace is a trace that begins with what a source calls name, always the same.
func BeginTrace(source, name string) models.TraceParent { return traceParent(source, name, "") }

// traceParent is a message's own span in a trace, or in one that begins with it
// where trace is empty; sent again it is the same.
func traceParent(source, id, trace string) models.TraceParent {
	sum := sha256.Sum256([]byte(source + "/" + id))
	if trace == "" {
		trace = hex.EncodeToString(sum[:16])
	}
	return models.TraceParent(fmt.Sprintf("00-%s-%s-01", trace, hex.EncodeToString(sum[16:24])))
}
