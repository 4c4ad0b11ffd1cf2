package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/handlers/api"
	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/contract"
	"throughline/sync/eventlog"
	"throughline/sync/ingest"
)

const patience = time.Minute // for what must happen, on a busy machine

// door is the whole intake behind its HTTP handler, on a real database.
type door struct {
	t         testing.TB
	db        *store.DB
	handler   http.Handler
	intake    *ingest.Service
	recorder  *ingest.Recorder
	contracts *contract.Registry
	key       string
	now       time.Time // fixed, when it is set
}

func openDoor(t testing.TB) *door {
	t.Helper()
	return openDoorOn(t, storetest.New(t), eventlog.Config{})
}

func openDoorOn(t testing.TB, db *store.DB, cfg eventlog.Config) *door {
	t.Helper()
	if err := store.NewPartitions(db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
	if cfg.Log == nil {
		cfg.Log = store.NewLog(db)
	}
	appender, err := eventlog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	start(t, appender)
	return assemble(t, db, appender)
}

func assemble(t testing.TB, db *store.DB, appender ingest.Appender) *door {
	t.Helper()
	d := &door{t: t, db: db}
	var err error
	if d.contracts, err = contract.NewRegistry(); err != nil {
		t.Fatal(err)
	}
	silent := slog.New(slog.DiscardHandler)
	if d.recorder, err = ingest.NewRecorder(store.NewRejectionLog(db), silent); err != nil {
		t.Fatal(err)
	}
	keys := ingest.NewAuthenticator(store.NewAPIKeys(db), time.Minute, time.Now)
	d.intake, err = ingest.New(ingest.Config{
		Keys: keys, Appender: appender, Contracts: d.contracts, Rejections: d.recorder, Limits: ingest.NewLimits(d.clock, nil),
		Shards: models.Shards{Realtime: 8, Bulk: 2}, Now: d.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	if _, err := api.Mount(e, api.Config{
		Version: "test", Intake: d.intake, Keys: keys, Books: store.NewBooks(db), Retention: store.NewRetention(db, nil), Positions: store.NewPositions(db),
		Contracts: d.contracts, Stock: store.NewStockTruths(db), Changes: store.NewChanges(db), Exports: store.NewExports(db), Totals: store.NewControlTotals(db), Audit: store.NewAudit(db), Files: d.intake, Traces: store.NewFailures(db),
		Cadences: store.NewCadences(db, nil),
		Budgets:  store.NewBudgets(db, nil), Ages: store.NewOverview(db), Latency: store.NewLatency(db), Alarms: store.NewAlarms(db), Recommendations: store.NewRecommendations(db), Shelves: store.NewKindShelves(db, nil), Pauses: store.NewPauses(db), Status: status, Now: d.clock,
	}); err != nil {
		t.Fatal(err)
	}
	d.handler = e
	d.key = d.issue("erp")
	return d
}

func status(code models.Code) int {
	return map[models.Code]int{
		models.CodeInvalid: 422, models.CodeUnauthenticated: 401, models.CodeForbidden: 403, models.CodeNotFound: 404,
		models.CodeUnavailable: 503, models.CodeInternal: 500, models.CodeThrottled: 429,
	}[code]
}

type startStopper interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

func start(t testing.TB, s startStopper) {
	t.Helper()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

func (d *door) clock() time.Time {
	if d.now.IsZero() {
		return time.Now()
	}
	return d.now
}

func (d *door) issue(source string, types ...models.EventType) string {
	d.t.Helper()
	secret, err := ingest.IssueKey(d.t.Context(), store.NewAPIKeys(d.db), models.APIKey{Source: source, Types: types}, "ida")
	if err != nil {
		d.t.Fatal(err)
	}
	return secret
}

// request is one POST; what is empty is left out.
type request struct {
	key, contentType string
	header           map[string]string
	body             []byte
}

// reply is the answer of either kind.
type reply struct {
	Status     int    `json:"-"`
	RetryAfter string `json:"-"`
	Media      string `json:"-"`
	Title      string `json:"title"`
	Detail     string `json:"detail"`
	models.IntakeAnswer
}

func (d *door) post(r request) reply {
	d.t.Helper()
	req := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, "/api/v1/events", bytes.NewReader(r.body))
	if r.key != "" {
		req.Header.Set("Authorization", "Bearer "+r.key)
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, req)
	out := reply{Status: rec.Code, RetryAfter: rec.Header().Get("Retry-After"), Media: rec.Header().Get("Content-Type")}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		d.t.Fatalf("the answer %d is no JSON: %v: %s", rec.Code, err, rec.Body)
	}
	return out
}

const (
	structured = "application/cloudevents+json"
	batched    = "application/cloudevents-batch+json"
)

func (d *door) send(contentType, body string) reply {
	d.t.Helper()
	return d.post(request{key: d.key, contentType: contentType, body: []byte(body)})
}

func balance(id string, version int) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"erp","type":"throughline.inventory.balance.v1","time":%q,
		"data":{"item":"A","dc":"LON","on_hand":"12.5","allocated":1,"unit":"EA","version":%d,"time":"2026-03-02T08:00:00Z"}}`,
		id, time.Now().UTC().Format(time.RFC3339Nano), version)
}

func array(events ...string) string { return "[" + strings.Join(events, ",") + "]" }

func packed(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (d *door) count(sql string, args ...any) (n int) {
	d.t.Helper()
	if err := d.db.Pool.QueryRow(d.t.Context(), sql, args...).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}
