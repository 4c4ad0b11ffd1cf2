package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/handlers/api"
	"throughline/models"
)

// fakes stand for everything behind the API.
type fakes struct {
	booksErr error
}

func (fakes) Accept(context.Context, models.IntakeRequest) (models.IntakeAnswer, error) {
	return models.IntakeAnswer{Accepted: 1, Results: []models.IntakeResult{{ID: "a\"<é", Status: models.IntakeAccepted, Seq: 7}}}, nil
}

func (fakes) Authenticate(_ context.Context, authorization string) (models.APIKey, error) {
	if authorization == "Bearer reads" {
		return models.APIKey{Source: "lake", Scopes: []models.Scope{models.ScopeRead}}, nil
	}
	if authorization == auditKey {
		return models.APIKey{Source: "siem", Scopes: []models.Scope{models.ScopeAudit}}, nil
	}
	if authorization != "Bearer good" {
		return models.APIKey{}, models.Errorf(models.CodeUnauthenticated, "Bring a key.")
	}
	return models.APIKey{Source: "erp"}, nil
}

func (f fakes) Read(context.Context) (models.Books, error) {
	counts := models.BookCounts{Received: 9, Applied: 4, Superseded: 2, Parked: 1, Discarded: 1, Pending: 1, Duplicate: 3}
	return models.Books{Sources: []models.SourceBooks{{Source: "erp", BookCounts: counts}}, Total: counts}, f.booksErr
}

func (f fakes) Report(context.Context) ([]models.KeptReport, error) {
	return []models.KeptReport{{Kind: models.KeptMovements, Hours: 17520, Since: &now, Rows: 12, Last: 5, LastAt: &now}}, f.booksErr
}

func (f fakes) Frozen(context.Context) ([]models.RetentionFreeze, error) {
	return []models.RetentionFreeze{{Exception: 7, Source: "erp", Why: "A recount differs.", Since: now}}, f.booksErr
}

var errDown = errors.New("secret state of the database")

var now = time.Date(2026, 3, 2, 8, 0, 30, 0, time.UTC)

func (fakes) Get(_ context.Context, item, dc string) (models.Position, error) {
	if item != "A" {
		return models.Position{}, models.Errorf(models.CodeNotFound, "No stock of %s.", item)
	}
	return models.Position{
		Item: item, DC: dc, OnHand: decimal.RequireFromString("12.50"), Allocated: decimal.RequireFromString("20"),
		Available: decimal.RequireFromString("-7.50"), Unit: "EA", Version: 118, AsOf: now.Add(-30 * time.Second),
	}, nil
}

func (fakes) Totals(context.Context, models.StockTruthFilter) (models.StockTruthTotals, error) {
	return models.StockTruthTotals{Keys: 3, Differing: 1}, nil
}

func (fakes) Truths(_ context.Context, f models.StockTruthFilter, part models.Part) ([]models.StockTruth, error) {
	if !f.Differing || f.Measure != models.MeasureAvailable || part != (models.Part{Offset: 2, Limit: 5}) {
		return nil, nil
	}
	asOf := now.Add(-30 * time.Second)
	return []models.StockTruth{{
		Item: "A", DC: f.DC, Unit: "EA", Difference: decimal.NewFromInt(12), Unexplained: decimal.NewFromInt(4), Value: decimal.RequireFromString("18.4"), Currency: "EUR",
		Systems: []models.SystemStock{
			{System: "erp", IsOwner: true, Figure: models.StockFigure{OnHand: decimal.NewFromInt(20), Allocated: decimal.NewFromInt(5), Version: 7, AsOf: &asOf}},
			{Cause: models.DriftUnexplained, Difference: decimal.NewFromInt(12), Unexplained: decimal.NewFromInt(4)},
		},
	}}, nil
}

func (fakes) Contracts() []models.Contract {
	return []models.Contract{{Type: models.TypeBalance, Title: "Balance", Lane: models.LaneRealtime}}
}

func (fakes) Schema(t models.EventType) (json.RawMessage, error) {
	if t != models.TypeBalance {
		return nil, models.Errorf(models.CodeNotFound, "No contract is named %s.", t)
	}
	return json.RawMessage(`{"type":"object"}`), nil
}

func (fakes) State(_ context.Context, totals []models.ControlTotal) ([]models.ControlTotal, error) {
	for i := range totals {
		totals[i].Counted = totals[i].Events - 2
	}
	return totals, nil
}

func (fakes) AcceptFile(context.Context, models.FileRequest) (models.FileAnswer, error) {
	return models.FileAnswer{Rows: 2, Accepted: 2}, nil
}

func (fakes) Trace(_ context.Context, id string) (models.Trace, error) {
	return models.Trace{ID: id}, nil
}

func (fakes) Status(_ context.Context, id string) (models.Submission, error) {
	return models.Submission{}, models.Errorf(models.CodeNotFound, "There is no recommendation %s.", id)
}

func (fakes) Place(_ context.Context, item, dc string) (models.ReplenishmentStatus, error) {
	return models.ReplenishmentStatus{Item: item, DC: dc}, nil
}

// noShelves and noPauses are for tests that put nothing aside and stop nothing.
type (
	noShelves struct{ api.KindShelves }
	noPauses  struct{ api.PauseDesk }
)

func status(code models.Code) int {
	return map[models.Code]int{models.CodeInvalid: 422, models.CodeUnauthenticated: 401, models.CodeNotFound: 404, models.CodeUnavailable: 503, models.CodeInternal: 500,
		models.CodeForbidden: 403, models.CodeGone: 410, models.CodeThrottled: 429}[code]
}

func mount(t *testing.T, f fakes) http.Handler {
	t.Helper()
	e := echo.New()
	_, err := api.Mount(e, api.Config{
		Version: "1", Intake: f, Keys: f, Books: f, Retention: f, Positions: f, Stock: f, Contracts: f, Changes: f, Exports: f, Totals: f, Files: f, Traces: f, Cadences: feeds{}, Budgets: budgets{}, Ages: ages{}, Latency: latencies{}, Alarms: calls{}, Recommendations: f, Shelves: noShelves{}, Pauses: noPauses{}, Audit: trail{}, Auditor: auditor, Status: status,
		Down: func(err error) bool { return errors.Is(err, errDown) }, Now: func() time.Time { return now }, SignedIn: func(r *http.Request) bool { return r.Header.Get("X-Person") != "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func get(t *testing.T, h http.Handler, path string, header ...string) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	body := map[string]any{}
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
		t.Fatalf("GET %s: %d: %v in %s", path, rec.Code, err, rec.Body)
	}
	return rec, body
}

const authorization, goodKey = "Authorization", "Bearer good"

func TestBooksArePerSourceAndInTotal(t *testing.T) {
	h := mount(t, fakes{})
	rec, body := get(t, h, "/api/v1/books", authorization, goodKey)
	if rec.Code != 200 {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	total := body["total"].(map[string]any)
	source := body["sources"].([]any)[0].(map[string]any)
	if source["source"] != "erp" || source["applied"] != 4.0 {
		t.Errorf("the source is %v", source)
	}
	for name, want := range map[string]float64{
		"received": 9, "applied": 4, "superseded": 2, "parked": 1, "discarded": 1, "pending": 1, "duplicate": 3,
	} {
		if total[name] != want {
			t.Errorf("%s is %v, want %v", name, total[name], want)
		}
	}
}

func TestInventorySaysHowOldItIs(t *testing.T) {
	h := mount(t, fakes{})
	_, body := get(t, h, "/api/v1/inventory?item=A&dc=LON", authorization, goodKey)
	for name, want := range map[string]any{
		"item": "A", "dc": "LON", "on_hand": "12.5", "allocated": "20", "available": "-7.5", "unit": "EA", "version": 118.0,
		"as_of": "2026-03-02T08:00:00Z", "age_seconds": 30.0,
	} {
		if body[name] != want {
			t.Errorf("%s is %v, want %v", name, body[name], want)
		}
	}
}

func TestProblemsSayWhatToMend(t *testing.T) {
	h := mount(t, fakes{booksErr: errors.New("secret cause")})
	full := mount(t, fakes{booksErr: errDown})
	down := mount(t, fakes{booksErr: models.Errorf(models.CodeUnavailable, "The database is down.")})
	for _, c := range []struct {
		name, path, key string
		handler         http.Handler
		status          int
		says, header    string
	}{
		{"no key", "/api/v1/books", "", h, 401, "Bring a key.", "WWW-Authenticate"},
		{"unknown item", "/api/v1/inventory?item=X&dc=LON", goodKey, h, 404, "No stock of X.", ""},
		{"no item", "/api/v1/inventory?dc=LON", goodKey, h, 422, "Mend the request: query.item: required query parameter is missing.", ""},
		{"unknown contract", "/contracts/nothing", "", h, 404, "nothing", ""},
		{"failure of ours", "/api/v1/books", goodKey, h, 500, "on our side", ""},
		{"database down", "/api/v1/books", goodKey, down, 503, "The database is down.", "Retry-After"},
		{"disk full", "/api/v1/books", goodKey, full, 503, "has no room", "Retry-After"},
	} {
		rec, body := get(t, c.handler, c.path, authorization, c.key)
		detail, _ := body["detail"].(string)
		if rec.Code != c.status || !strings.Contains(detail, c.says) || !strings.HasPrefix(rec.Header().Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %s %v", c.name, rec.Code, rec.Header(), body)
		}
		if c.header != "" && rec.Header().Get(c.header) == "" {
			t.Errorf("%s has no header %s", c.name, c.header)
		}
		if hop, _ := body["hop"].(string); (c.name == "disk full") != (hop == "the database") {
			t.Errorf("%s names %q as what constrains", c.name, hop)
		}
		if strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("%s tells the cause", c.name)
		}
	}
}

// Every problem has a stable type that says what it is, says whether the same request
// may pass later, and names the trace that its caller did.
func TestAProblemSaysWhatItIsAndWhetherToTryAgain(t *testing.T) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	h, down := mount(t, fakes{}), mount(t, fakes{booksErr: models.Errorf(models.CodeUnavailable, "The database is down.")})
	for _, c := range []struct {
		handler   http.Handler
		path, key string
		kind      string
		retryable bool
	}{
		{h, "/api/v1/books", "", "unauthenticated", false},
		{h, "/api/v1/inventory?item=X&dc=LON", goodKey, "not_found", false},
		{h, "/api/v1/inventory?dc=LON", goodKey, "invalid", false}, // huma's own
		{h, "/api/problems/nothing", "", "not_found", false},
		{down, "/api/v1/books", goodKey, "unavailable", true},
	} {
		rec, body := get(t, c.handler, c.path, authorization, c.key, "Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
		if body["type"] != "/api/problems/"+c.kind || body["retryable"] != c.retryable || body["trace_id"] != trace {
			t.Errorf("%s: %s", c.path, rec.Body)
		}
		for _, old := range []string{"title", "status", "detail"} {
			if body[old] == nil {
				t.Errorf("%s has no %s any more: %s", c.path, old, rec.Body)
			}
		}
		said := httptest.NewRecorder()
		h.ServeHTTP(said, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/problems/"+c.kind, http.NoBody))
		if want := map[bool]string{true: "may pass later", false: "refused again"}[c.retryable]; said.Code != http.StatusOK || !strings.Contains(said.Body.String(), want) {
			t.Errorf("/api/problems/%s: %d %s", c.kind, said.Code, said.Body)
		}
	}
	if _, body := get(t, h, "/api/v1/books"); body["type"] == nil || body["trace_id"] != nil {
		t.Errorf("without a trace: %v", body)
	}
	_, doc := get(t, h, "/api/openapi.json")
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for _, name := range []string{"Problem", "ErrorModel"} {
		members := schemas[name].(map[string]any)["properties"].(map[string]any)
		if members["retryable"] == nil || members["trace_id"] == nil || members["type"].(map[string]any)["format"] != "uri-reference" {
			t.Errorf("the OpenAPI says of %s: %v", name, members)
		}
	}
}

func TestAPersonWhoSignedInMayRead(t *testing.T) {
	if rec, _ := get(t, mount(t, fakes{}), "/api/v1/books", "X-Person", "ida"); rec.Code != 200 {
		t.Errorf("%d", rec.Code)
	}
}

func TestContractsArePublished(t *testing.T) {
	h := mount(t, fakes{})
	short := httptest.NewRecorder()
	h.ServeHTTP(short, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/contracts", http.NoBody))
	if short.Code != http.StatusPermanentRedirect || short.Header().Get("Location") != "/contracts/" {
		t.Errorf("without its slash the list is answered %d %s", short.Code, short.Header().Get("Location"))
	}
	_, list := get(t, h, "/contracts/")
	first := list["contracts"].([]any)[0].(map[string]any)
	rec, schema := get(t, h, first["schema"].(string))
	if schema["type"] != "object" || rec.Header().Get("Content-Type") != "application/schema+json" {
		t.Errorf("%v as %s", schema, rec.Header().Get("Content-Type"))
	}
}

func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	e := echo.New()
	f := fakes{}
	if _, err := api.Mount(e, api.Config{Version: "1", Intake: f, Keys: f, Books: f, Retention: f, Positions: f, Stock: f, Contracts: f, Changes: f, Exports: f, Totals: f, Files: f, Traces: f, Cadences: feeds{}, Budgets: budgets{}, Ages: ages{}, Latency: latencies{}, Alarms: calls{}, Recommendations: f, Shelves: noShelves{}, Pauses: noPauses{}, Audit: trail{}, Status: status}); err != nil {
		t.Fatal(err)
	}
	_, doc := get(t, e, "/api/openapi.json")
	paths := doc["paths"].(map[string]any)
	for _, r := range e.Routes() {
		if strings.HasPrefix(r.Path, "/api/openapi") || r.Path == "/contracts" { // the description itself, and a redirect
			continue
		}
		path := strings.NewReplacer(":type", "{type}", ":entity", "{entity}", ":id", "{id}", ":kind", "{kind}", ":name", "{name}", ":code", "{code}").Replace(r.Path)
		operations, _ := paths[path].(map[string]any)
		if operations[strings.ToLower(r.Method)] == nil {
			t.Errorf("%s %s is not described", r.Method, r.Path)
		}
	}
	post := paths["/api/v1/events"].(map[string]any)["post"].(map[string]any)
	for _, status := range []string{"202", "400", "401", "403", "413", "415", "422", "503"} {
		if post["responses"].(map[string]any)[status] == nil {
			t.Errorf("POST /api/v1/events does not describe %s", status)
		}
	}
}

func TestAnswersOfIntakeAreJSON(t *testing.T) {
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/events", strings.NewReader("{}"))
	rec := httptest.NewRecorder()
	mount(t, fakes{}).ServeHTTP(rec, req)
	var got models.IntakeAnswer
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != 202 {
		t.Fatalf("%d %v: %s", rec.Code, err, rec.Body)
	}
	if got.Accepted != 1 || got.Results[0].ID != "a\"<é" || got.Results[0].Seq != 7 {
		t.Errorf("%+v", got)
	}
}

func TestStockOfAllSystemsIsComparedInParts(t *testing.T) {
	h := mount(t, fakes{})
	rec, body := get(t, h, "/api/v1/stock?dc=LON&measure=available&differing=true&offset=2&limit=5", authorization, readKey)
	if rec.Code != 200 || body["keys"] != 3.0 || body["differing"] != 1.0 {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	one := body["stock"].([]any)[0].(map[string]any)
	if one["dc"] != "LON" || one["difference"] != "12" || one["explained"] != "8" || one["unexplained"] != "4" || one["value"] != "18.40" || one["currency"] != "EUR" {
		t.Errorf("%v", one)
	}
	owner, tower := one["systems"].([]any)[0].(map[string]any), one["systems"].([]any)[1].(map[string]any)
	if owner["available"] != "15" || owner["age_seconds"] != 30.0 || owner["owner"] != true || tower["as_of"] != nil || tower["cause"] != "unexplained" {
		t.Errorf("%v, %v", owner, tower)
	}
	if rec, _ := get(t, h, "/api/v1/stock?measure=weight", authorization, readKey); rec.Code != 422 {
		t.Errorf("an unknown measure: %d", rec.Code)
	}
	if rec, _ := get(t, h, "/api/v1/stock"); rec.Code != 401 {
		t.Errorf("without a key: %d", rec.Code)
	}
	if rec, _ := get(t, h, "/api/v1/stock", authorization, goodKey); rec.Code != 403 {
		t.Errorf("with a key for sending: %d", rec.Code)
	}
}
