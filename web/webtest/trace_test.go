package webtest_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector/connectortest"
	"throughline/web/app"
	"throughline/web/webtest"
)

// listener remembers what other systems are told: events by their id, the trace
// context of requests to the ERP, and spans.
type listener struct {
	t *testing.T

	mu     sync.Mutex
	events map[string]map[string]any
	orders []string
	spans  []*spans.Span
}

func (l *listener) subscriber(w http.ResponseWriter, r *http.Request) {
	var events []map[string]any
	if err := json.NewDecoder(r.Body).Decode(&events); err != nil {
		l.t.Errorf("a message: %v", err)
	}
	if _, ok := models.ParseTraceParent(r.Header.Get("Traceparent")); !ok {
		l.t.Errorf("a message in the trace context %q", r.Header.Get("Traceparent"))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		l.events[e["id"].(string)] = e
	}
	w.WriteHeader(http.StatusNoContent)
}

// erp passes on to an ERP what it has listened to.
func (l *listener) erp(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			l.mu.Lock()
			l.orders = append(l.orders, r.Header.Get("Traceparent"))
			l.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	}
}

func (l *listener) collector(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		l.t.Errorf("an export: %v", err)
	}
	var export collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &export); err != nil || r.URL.Path != "/v1/traces" {
		l.t.Errorf("an export to %s: %v", r.URL.Path, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, resource := range export.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			l.spans = append(l.spans, scope.GetSpans()...)
		}
	}
	w.WriteHeader(http.StatusOK)
}

// told are the spans of a trace by name.
func (l *listener) told(trace string) map[string]*spans.Span {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := map[string]*spans.Span{}
	for _, s := range l.spans {
		if hex.EncodeToString(s.GetTraceId()) == trace {
			found[s.GetName()] = s
		}
	}
	return found
}

func (l *listener) delivered(id string) map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events[id]
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// tracedTower is a tower with an ERP, a subscriber and a collector of spans.
func tracedTower(t *testing.T) (*webtest.Tower, *listener) {
	t.Helper()
	l := &listener{t: t, events: map[string]map[string]any{}}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", serve(t, l.collector))
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "1")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
	erp, subscriber := serve(t, l.erp((&connectortest.Stub{Unique: true}).Handler())), serve(t, l.subscriber)
	w := webtest.Start(t, func(cfg *app.Config) {
		cfg.ERP = app.Endpoint{URL: erp}
		cfg.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	err := store.NewRoutes(w.DB).Ensure(t.Context(), models.Subscription{
		Name: "planning", URL: subscriber, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
		Types: []models.EventType{models.TypeBalance, models.TypeRecommendation},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, l
}

// sentEvent is an event as a source sends it.
type sentEvent map[string]any

func event(id string, kind models.EventType, data map[string]any) sentEvent {
	return sentEvent{"specversion": "1.0", "id": id, "source": "erp", "type": kind, "data": data}
}

// traced gives an event some of the attributes by which it is followed.
func traced(e sentEvent, chance *rand.Rand) sentEvent {
	if chance.IntN(2) == 0 {
		e["traceparent"] = fmt.Sprintf("00-%016x%016x-%016x-01", chance.Uint64()|1, chance.Uint64(), chance.Uint64()|1)
	}
	if chance.IntN(2) == 0 {
		e["correlationid"] = fmt.Sprintf("case-%d", chance.IntN(100))
	}
	if chance.IntN(2) == 0 {
		e["causationid"] = fmt.Sprintf("cause-%d", chance.IntN(100))
	}
	return e
}

func sends(t *testing.T, w *webtest.Tower) func(...sentEvent) {
	t.Helper()
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{models.ScopeSend}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/cloudevents-batch+json"}}
	return func(events ...sentEvent) {
		t.Helper()
		body, err := json.Marshal(events)
		if err != nil {
			t.Fatal(err)
		}
		if p := w.Stranger().Do(http.MethodPost, "/api/v1/events", strings.NewReader(string(body)), header); p.Status != http.StatusAccepted || strings.Contains(p.Body, "rejected\",") {
			t.Fatalf("send: %d %s", p.Status, p.Body)
		}
	}
}

func item(name string) sentEvent {
	return event("item-"+name, models.TypeItemChanged, map[string]any{
		"item": name, "description": "White hanging heart", "unit": "EA", "pack_size": "12", "moq": "24", "unit_cost": "1.5", "unit_price": "2.55",
		"currency": "GBP", "abc_class": "A", "supplier": "S-1", "version": 1,
	})
}

func balanceOf(id, name string, version int, onHand string) sentEvent {
	return event(id, models.TypeBalance, map[string]any{
		"item": name, "dc": "LEE", "on_hand": onHand, "allocated": "0", "unit": "EA", "version": version, "time": time.Now().UTC(),
	})
}

func masters() []sentEvent {
	return []sentEvent{
		event("location", models.TypeLocationChanged, map[string]any{"dc": "LEE", "name": "Leeds", "time_zone": "Europe/London", "version": 1}),
		event("supplier", models.TypeSupplierChanged, map[string]any{
			"supplier": "S-1", "name": "Hearts Ltd", "lead_time_days": "5", "cut_off": "15:00", "currency": "GBP", "version": 1,
		}),
	}
}

func recommendation(id, name string) sentEvent {
	now := time.Now().UTC()
	return event("rec-"+id, models.TypeRecommendation, map[string]any{
		"recommendation": id, "kind": "purchase", "run": "run-" + id, "item": name, "dc": "LEE", "supplier": "S-1", "quantity": "240", "unit": "EA",
		"unit_price": "2.55", "currency": "GBP", "need_by": now.AddDate(0, 0, 7).Format(time.DateOnly), "order_by": now.Add(6 * time.Hour),
		"reason": "Below the order point", "computed_at": now,
	})
}

// TestNoIDIsLostThroughAnyHop sends events with and without ids by which they are
// followed, some of which wait for a master record and one of which is edited,
// and looks at what a subscriber is told of each.
func TestNoIDIsLostThroughAnyHop(t *testing.T) {
	w, heard := tracedTower(t)
	send := sends(t, w)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	send(masters()...)
	var all, late []sentEvent
	for i := range 40 {
		name := fmt.Sprintf("I%d", i)
		all = append(all, traced(balanceOf("bal-"+name, name, 1, "10"), chance))
		if i%2 == 0 {
			send(item(name))
		} else {
			late = append(late, item(name))
		}
	}
	send(all...)
	send(balanceOf("edited", "never", 1, "12"))
	edited := traced(balanceOf("edited", "I0", 2, "12"), chance) // the id is taken: it is parked
	send(edited)
	all = append(all, edited)
	send(late...)
	it := w.SignIn(models.RoleIT)
	var seq string
	eventually(t, "the second content is parked", func() bool {
		seq = value(t, w, `SELECT coalesce(max(seq), 0)::text FROM unsettled_events WHERE event_id = 'edited' AND state = 'parked'`)
		return seq != "0"
	})
	mended, _ := balanceOf("edited", "I0", 2, "12")["data"].(map[string]any)
	mended["unit"] = "BX"
	data, err := json.Marshal(mended)
	if err != nil {
		t.Fatal(err)
	}
	if p := it.Post("/events/"+seq+"/edit", url.Values{"payload": {string(data)}, "reason": {"It counts in boxes"}, "base": {"0"}}); p.Status >= http.StatusBadRequest {
		t.Fatalf("edit: %d %s", p.Status, p.Text())
	}
	for _, e := range all {
		id := e["id"].(string)
		eventually(t, "the delivery of "+id, func() bool { return heard.delivered(id) != nil })
		got := heard.delivered(id)
		for _, name := range []string{"traceparent", "correlationid", "causationid"} {
			want := e[name]
			if want == nil && name == "correlationid" {
				want = id
			}
			if want == nil && name == "traceparent" {
				if _, ok := models.ParseTraceParent(fmt.Sprint(got[name])); !ok {
					t.Errorf("%s was sent without a trace and is told in %v", id, got[name])
				}
				continue
			}
			if got[name] != want {
				t.Errorf("%s has the %s %v, want %v", id, name, got[name], want)
			}
		}
	}
}

// TestOneTraceGoesFromIntakeToTheOrder sends a recommendation that waits for its
// item first, has a person approve it, and follows its trace by every door.
func TestOneTraceGoesFromIntakeToTheOrder(t *testing.T) {
	const trace = "0af7651916cd43dd8448eb211c80319c"
	w, heard := tracedTower(t)
	send := sends(t, w)
	send(masters()...)
	r := recommendation("R-1", "A")
	r["traceparent"], r["correlationid"] = "00-"+trace+"-b7ad6b7169203331-01", "case-7"
	send(r)
	eventually(t, "it waits for its item", func() bool {
		return value(t, w, `SELECT count(*)::text FROM unsettled_events WHERE event_id = 'rec-R-1' AND state = 'waiting'`) == "1"
	})
	send(item("A"))
	eventually(t, "it is proposed", func() bool {
		return value(t, w, `SELECT count(*)::text FROM proposals WHERE recommendation = 'R-1' AND state = 'waiting'`) == "1"
	})
	buyer := w.SignIn(models.RoleProcurement)
	buyer.Post("/approvals/R-1/approve", url.Values{"version": {"1"}, "shown": {"UNKNOWN"}, "accept_stale": {"1"}, "reason": {"It is needed"}})
	eventually(t, "the order", func() bool {
		return value(t, w, `SELECT count(*)::text FROM erp_writes WHERE recommendation = 'R-1' AND state = 'confirmed'`) == "1"
	})
	want := []string{"apply", "decision", "deliver", "erp write", "intake", "policy"}
	eventually(t, "the spans", func() bool {
		return slices.Equal(slices.Sorted(maps.Keys(heard.told(trace))), want)
	})
	told := heard.told(trace)
	if parent := hex.EncodeToString(told["intake"].GetParentSpanId()); parent != "b7ad6b7169203331" {
		t.Errorf("the intake is below %s, not below the sender's span", parent)
	}
	for _, name := range want {
		if s := told[name]; name != "intake" && string(s.GetParentSpanId()) != string(told["intake"].GetSpanId()) {
			t.Errorf("%s is not below the intake", name)
		}
		for _, a := range told[name].GetAttributes() {
			if strings.Contains(a.GetValue().GetStringValue(), "hanging heart") || strings.Contains(a.GetValue().GetStringValue(), "order point") {
				t.Errorf("%s tells of the payload: %s", name, a)
			}
		}
	}
	if want := fmt.Sprintf("00-%s-%x-01", trace, told["erp write"].GetSpanId()); !slices.Equal(heard.orders, []string{want}) {
		t.Errorf("the ERP was asked in %v, want %s", heard.orders, want)
	}
	it := w.SignIn(models.RoleIT)
	if to := it.Get("/search?q=" + trace).Header.Get("Location"); to != "/traces/"+trace {
		t.Errorf("the search leads to %q", to)
	}
	page := it.Get("/traces/" + trace)
	see(t, page, "#events", "rec-R-1")
	see(t, page, "#orders", "R-1")
	see(t, page, "#orders", "test-procurement")
	see(t, page, "#orders", "in the ERP")
	see(t, it.Get("/writes/"+value(t, w, `SELECT id::text FROM erp_writes`)), "a[href='/traces/"+trace+"']", trace)
	see(t, it.Get(page.Find("#events tbody a").AttrOr("href", "")), "main", "case-7")

	// What the ERP tells of the order goes on in the trace in which it was asked for.
	confirmed := event("conf-1", models.TypeConfirmation, map[string]any{
		"confirmation": "C-1", "order": "PO-1", "line": 1, "quantity": "240", "unit": "EA",
		"promised_date": time.Now().AddDate(0, 0, 5).Format(time.DateOnly), "confirmed_at": time.Now().UTC(),
	})
	confirmed["traceparent"], confirmed["correlationid"], confirmed["causationid"] = heard.orders[0], "TL-R-1", "po-1"
	send(confirmed)
	eventually(t, "the confirmation in the trace", func() bool { return strings.Contains(it.Get("/traces/"+trace).Find("#events").Text(), "conf-1") })
	event := it.Get(it.Get("/search?q=conf-1").Header.Get("Location"))
	see(t, event, "main", "po-1")
	see(t, event, "main", "TL-R-1")
}
