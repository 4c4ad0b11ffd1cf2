// Package api is the JSON API: huma on echo, and event intake as a plain echo
// handler for speed, documented in the same OpenAPI.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"throughline/models"
)

// Config says what the API serves. All but Polls, Troubles, Guessed, Limits, SignedIn, Auditor, Operator,
// Refused, Rereads with Rereading, Triage with what belongs to it, Down, Now and Log are required.
type Config struct {
	Version   string
	Intake    Intake
	Keys      Authenticator
	Books     BooksReader
	Retention RetentionReader
	Positions PositionReader
	Stock     StockReader
	Contracts ContractReader
	Changes   ChangesReader
	Exports   Exporter
	Totals    ControlTotals
	Audit     AuditReader
	Traces    TraceReader
	Cadences  CadenceReader
	Budgets   BudgetReader
	Ages      AgeReader
	Latency   LatencyReader
	Alarms    AlarmReader
	Shelves   KindShelves
	Pauses    PauseDesk
	Rereads   Rereader    // nil where nothing can be read again
	Rereading AskRecorder // of those
	Refused   RefusedDesk // nil where nothing is routed

	Files           FileIntake
	Recommendations RecommendationReader

	// Triage, with OwnerTeams and Worker, does the same with many exceptions for
	// people who have signed in; without it there is none.
	Triage     TriageStore
	Notices    SupplierNotices                                               // likewise, to be ticked off
	OwnerTeams func(ctx context.Context, name string) ([]models.Team, error) // whose exceptions somebody may work on
	Worker     func(*http.Request) Worker

	Targets  func() models.Targets          // those that hold now; nil declares none
	Polls    PollKeeper                     // remembers who polls; nil remembers nobody
	Troubles RefusalCounter                 // is told of keys whose calls were refused; nil tells nobody
	Guessed  func(address string)           // is told of each call with a key that nobody has; nil tells nobody
	Software SoftwareRecorder               // is told what calls with each key; nil tells nobody
	Limits   Limiter                        // nil limits nobody
	Status   func(models.Code) int          // the one map from codes to HTTP
	Down     func(error) bool               // says that an error is the database's state, which passes; default never
	SignedIn func(*http.Request) bool       // says whether a person who may read asks; nil for nobody
	Auditor  func(*http.Request) AuditRight // says what of the audit trail a person may see; nil for nobody
	Operator func(*http.Request) Operator   // says who has signed in and what that person may do; nil for nobody
	Now      func() time.Time               // default time.Now
	Log      *slog.Logger                   // default silence
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Intake == nil || c.Keys == nil || c.Books == nil || c.Retention == nil || c.Positions == nil || c.Stock == nil || c.Contracts == nil || c.Status == nil ||
		c.Changes == nil || c.Exports == nil || c.Totals == nil || c.Audit == nil ||
		c.Files == nil || c.Traces == nil || c.Cadences == nil || c.Budgets == nil || c.Ages == nil || c.Latency == nil || c.Alarms == nil || c.Recommendations == nil || c.Shelves == nil || c.Pauses == nil {
		return errors.New("api: intake, files, keys, books, retention, positions, stock, contracts, changes, exports, control totals, audit trail, traces, cadences, error budgets, ages, latency, alarm health, recommendations, shelves, pauses and the map of statuses are needed")
	}
	if c.SignedIn == nil {
		c.SignedIn = func(*http.Request) bool { return false }
	}
	if c.Auditor == nil {
		c.Auditor = func(*http.Request) AuditRight { return AuditRight{} }
	}
	if c.Operator == nil {
		c.Operator = func(*http.Request) Operator { return Operator{} }
	}
	if c.Down == nil {
		c.Down = func(error) bool { return false }
	}
	if c.Targets == nil {
		c.Targets = func() models.Targets { return nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// API serves /api and /contracts. It is safe for concurrent use.
type API struct {
	cfg     Config
	huma    huma.API
	exports chan struct{} // holds one for each that runs
}

// Mount adds the routes of the API to e.
func Mount(e *echo.Echo, cfg Config) (*API, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &API{cfg: cfg, huma: humaecho.New(e, humaConfig(cfg.Version)), exports: make(chan struct{}, mostExports)}
	e.Use(keepTrace)
	if cfg.Troubles != nil || cfg.Guessed != nil || cfg.Software != nil {
		e.Use(a.noteKeys)
	}
	e.POST(eventsPath, a.postEvents)
	e.OPTIONS(eventsPath, a.agreeToEvents)
	a.documentEvents()
	a.documentHandshake()
	e.GET(changesPath, a.getChanges)
	e.GET(exportPath+":entity", a.getExport)
	a.documentReading()
	a.routeBooks()
	a.routeRetention()
	a.routeCadence()
	a.routeWindows()
	a.routeLatency()
	a.routeAlarms()
	a.routeInventory()
	a.routeStock()
	a.routeControlTotals()
	a.routeAudit(e)
	a.routeContracts(e)
	e.POST(filesPath, a.postFile)
	a.documentFiles()
	a.routeTraces()
	e.POST(recommendationsPath, a.postRecommendation)
	a.documentSubmission()
	a.routeRecommendations()
	a.routeReplenishment()
	a.routeKindShelves()
	a.routePauses()
	a.routeProblems()
	if cfg.Rereads != nil {
		a.routeRereads()
	}
	if cfg.Refused != nil {
		a.routeRefused()
	}
	if cfg.Triage != nil {
		a.routeTriage()
	}
	if cfg.Notices != nil {
		a.routeSupplierNotices()
	}
	a.documentProblems()
	return a, nil
}

const keyScheme = "apiKey"

func humaConfig(version string) huma.Config {
	cfg := huma.DefaultConfig("Throughline", version)
	cfg.Info.Description = "Events in, what became of them out. Every error is an RFC 9457 problem that says what to mend, whether the same request may pass later (`retryable`), and under its `type` what kind it is."
	cfg.OpenAPIPath = "/api/openapi"
	cfg.DocsPath = ""     // its page loads scripts from elsewhere
	cfg.SchemasPath = ""  // the contracts are the schemas of this API
	cfg.CreateHooks = nil // no $schema members in answers
	cfg.Transformers = append(cfg.Transformers, sayWhatToMend)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		keyScheme: {Type: "http", Scheme: "bearer", Description: "The API key of a source system, tlk_…, made by `throughline key add`."},
	}
	return cfg
}

// sayWhatToMend puts the faults of a request into the sentence of its answer.
func sayWhatToMend(ctx huma.Context, _ string, v any) (any, error) {
	refused, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	kind := models.ProblemOf(refused.Status)
	refused.Type = kind.Type()
	told := mended{refused, kind.Retryable, callersTrace(ctx.Context())}
	if len(refused.Errors) == 0 {
		return told, nil
	}
	faults := make([]string, len(refused.Errors))
	for i, e := range refused.Errors {
		faults[i] = e.Location + ": " + e.Message
	}
	refused.Detail = "Mend the request: " + strings.Join(faults, "; ") + "."
	return told, nil
}

// permits refuses a key that is for none of some scopes; any key where none is named.
func permits(key models.APIKey, scopes []models.Scope) error {
	if len(scopes) == 0 || slices.ContainsFunc(scopes, key.May) {
		return nil
	}
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return models.Errorf(models.CodeForbidden, "This API key of %s may not do this: it takes the scope %s. `throughline key add --source NAME --scope %s` makes one that may.",
		key.Source, strings.Join(names, " or "), names[0])
}

// withKey makes an operation ask for an API key with one of some scopes, any where
// none is named, or for a person who has signed in.
func (a *API) withKey(op huma.Operation, scopes ...models.Scope) huma.Operation {
	op.Security = []map[string][]string{{keyScheme: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		if !a.cfg.SignedIn(humaecho.Unwrap(ctx).Request()) {
			key, err := a.cfg.Keys.Authenticate(ctx.Context(), ctx.Header("Authorization"))
			if err == nil {
				err = a.charge(key, ctx.SetHeader)
			}
			if err == nil {
				err = permits(key, scopes)
			}
			if err != nil {
				a.refuse(ctx, err)
				return
			}
		}
		next(ctx)
	})
	return op
}

// senderKey is where a request keeps the key of the source that sent it.
type senderKey struct{}

// withSender makes an operation ask for an API key that may bring events.
func (a *API) withSender(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{keyScheme: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		key, err := a.cfg.Keys.Authenticate(ctx.Context(), ctx.Header("Authorization"))
		if err == nil {
			err = a.charge(key, ctx.SetHeader)
		}
		if err == nil && !key.May(models.ScopeSend) {
			err = models.Errorf(models.CodeForbidden, "This API key of %s may read and not send.", key.Source)
		}
		if err != nil {
			a.refuse(ctx, err)
			return
		}
		next(huma.WithValue(ctx, senderKey{}, key))
	})
	return op
}
