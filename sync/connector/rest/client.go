// Package rest connects to an ERP and a replenishment engine that speak
// Throughline's own plain HTTP and JSON.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/timeout"
	"go.opentelemetry.io/otel/propagation"

	"throughline/sync/connector"
)

const (
	maxAnswer = 8 << 20
	maxRecord = 4 << 10 // of an answer kept with an attempt
)

// Config says where a system is and how patient to be with it.
type Config struct {
	BaseURL   string
	Token     string            // sent as a bearer token when set
	Timeout   time.Duration     // of one call, its answer included; default 10 s
	Paused    func() error      // why nobody may call now, since a person has stopped it; nil never does
	Circuit   Circuit           // keeps calls away while the system fails; nil calls always
	Transport http.RoundTripper // default a clone of http.DefaultTransport
}

// Circuit makes a call, or says for how long the system is to be left alone. do
// says whether the call failed for a reason that may pass, and what pause the
// system asked for.
type Circuit interface {
	Call(ctx context.Context, do func() (transient bool, asked time.Duration)) (refused time.Duration)
}

type always struct{}

func (always) Call(_ context.Context, do func() (bool, time.Duration)) time.Duration {
	do()
	return 0
}

// Validate fills in defaults and refuses an address that is none.
func (c *Config) Validate() error {
	u, err := url.Parse(c.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("rest: %q is no http address", c.BaseURL)
	}
	if c.Timeout < 0 {
		return errors.New("rest: a timeout must not be negative")
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Paused == nil {
		c.Paused = func() error { return nil }
	}
	if c.Circuit == nil {
		c.Circuit = always{}
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // nothing of ours replaces it
	}
	return nil
}

type client struct {
	cfg   Config
	http  *http.Client
	calls failsafe.Executor[answer]
	last  atomic.Int32 // status of the last answer, 0 after a call without one
}

type answer struct {
	status     int
	body       []byte
	retryAfter time.Duration
}

func newClient(cfg Config) (*client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &client{
		cfg: cfg,
		http: &http.Client{
			Transport: cfg.Transport,
			// A redirected POST would be sent twice.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		calls: failsafe.With[answer](timeout.New[answer](cfg.Timeout)),
	}, nil
}

// call sends one request once, unless the system is paused: every request passes
// here. An error means that no whole answer came back.
func (c *client) call(ctx context.Context, method, path string, body any) (answer, error) {
	if err := c.cfg.Paused(); err != nil {
		return answer{}, connector.Paused(err)
	}
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return answer{}, &connector.Error{Class: connector.ClassPermanent, Message: "The request cannot be written as JSON.", Cause: err}
		}
	}
	var got answer
	var err error
	refused := c.cfg.Circuit.Call(ctx, func() (bool, time.Duration) {
		got, err = c.calls.WithContext(ctx).GetWithExecution(func(exec failsafe.Execution[answer]) (answer, error) {
			return c.send(exec.Context(), method, path, payload)
		})
		c.last.Store(int32(got.status))
		return err != nil || got.mayPass(), got.retryAfter
	})
	if refused > 0 {
		return answer{}, &connector.Error{
			Class: connector.ClassTransient, Message: "The system has failed several times in a row or asks us to wait; calls pause.", RetryAfter: refused,
			Status: int(c.last.Load()),
		}
	}
	if err != nil {
		return answer{}, c.failed(err)
	}
	return got, nil
}

func (c *client) send(ctx context.Context, method, path string, payload []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.cfg.BaseURL+path, bytes.NewReader(payload))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Accept", "application/json")
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	if payload != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.cfg.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	return answer{status: response.StatusCode, body: body, retryAfter: retryAfter(response.Header)}, nil
}

// failed classes a call without an answer: only what never left us is transient.
func (c *client) failed(err error) *connector.Error {
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "dial":
		return &connector.Error{Class: connector.ClassTransient, Message: "The system cannot be reached.", Cause: err}
	case errors.Is(err, timeout.ErrExceeded):
		return &connector.Error{
			Class: connector.ClassUnknown, Cause: err,
			Message: fmt.Sprintf("The system did not answer within %s.", c.cfg.Timeout),
		}
	default:
		return &connector.Error{Class: connector.ClassUnknown, Message: "The connection broke before the answer came.", Cause: err}
	}
}

func retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), 1<<20)) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(time.Until(date), 0)
	}
	return 0
}

// mayPass reports whether the system failed for a reason that may pass. What it does
// not offer is none.
func (a answer) mayPass() bool {
	return a.status >= 500 && a.status != http.StatusNotImplemented || a.status == http.StatusTooManyRequests
}

// record is the part of an answer that is kept with an attempt.
func (a answer) record() string {
	return fmt.Sprintf("%d %s", a.status, bytes.ToValidUTF8(a.body[:min(len(a.body), maxRecord)], nil))
}

// refused turns an answer that is not a success into an Error. unsure is the
// class of an answer that leaves open whether the call had its effect.
func (a answer) refused(unsure connector.Class) *connector.Error {
	e := &connector.Error{Status: a.status, Response: a.record(), RetryAfter: a.retryAfter, Code: strconv.Itoa(a.status)}
	var said struct{ Code, Message, Detail string }
	_ = json.Unmarshal(a.body, &said)
	e.Message = said.Message + said.Detail
	if said.Code != "" {
		e.Code = said.Code
	}
	fallback := "The system refused the request."
	switch {
	case a.status == http.StatusTooManyRequests:
		e.Class, fallback = connector.ClassTransient, "The system asks us to slow down."
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		e.Class, fallback = connector.ClassTransient, "The system does not accept our credentials."
	case a.status == http.StatusNotFound:
		e.Class, e.Code, fallback = connector.ClassPermanent, connector.CodeNotFound, "The system does not know this key."
	case a.status == http.StatusNotImplemented:
		e.Class, e.Code, fallback = connector.ClassPermanent, connector.CodeNotFound, "The system does not offer this."
	case a.status >= 500, a.status == http.StatusRequestTimeout:
		e.Class, fallback = unsure, "The system is out of order."
	default:
		e.Class = connector.ClassPermanent
	}
	if e.Message == "" {
		e.Message = fallback
	}
	return e
}
