package ingest_test

import (
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/eventlog"
	"throughline/sync/ingest"
)

func TestEveryEventOfABatchHasItsResult(t *testing.T) {
	d := openDoor(t)
	if got := d.send(structured, balance("1", 1)); got.Status != 202 || got.Accepted != 1 || got.Results[0].Seq == 0 {
		t.Fatalf("one good event: %+v", got)
	}
	bad := strings.Replace(balance("bad", 1), `"12.5"`, `"much"`, 1)
	unknown := strings.Replace(balance("unknown", 1), "balance.v1", "balance.v9", 1)
	old := strings.Replace(balance("old", 1), `"time":"20`, `"time":"19`, 1)
	got := d.send(batched, array(balance("2", 1), balance("1", 2), bad, strings.Replace(balance("2", 1), `:1,`, `: 1,`, 1), unknown, old, `"text"`))
	want := []models.IntakeStatus{"accepted", "conflict", "rejected", "duplicate", "rejected", "rejected", "rejected"}
	if got.Status != 202 || len(got.Results) != len(want) {
		t.Fatalf("the batch: %+v", got)
	}
	for i, w := range want {
		r := got.Results[i]
		if r.Status != w {
			t.Errorf("event %d is %s, want %s", i, r.Status, w)
		}
		if r.Status == models.IntakeRejected && len(r.Errors) == 0 {
			t.Errorf("event %d was rejected without a reason", i)
		}
	}
	if got.Accepted != 1 || got.Duplicate != 1 || got.Conflict != 1 || got.Rejected != 4 {
		t.Errorf("the sums are wrong: %+v", got)
	}
	if at := got.Results[2].Errors[0].Pointer; at != "/data/on_hand" {
		t.Errorf("the fault is at %s", at)
	}
	if n := d.count(`SELECT count(*) FROM events`); n != 3 {
		t.Errorf("%d events stored, want 3", n)
	}
	if fixed := d.send(structured, balance("bad", 1)); fixed.Accepted != 1 {
		t.Errorf("a corrected event may keep its id: %+v", fixed)
	}
}

func TestFaultsOfARequestStoreNothing(t *testing.T) {
	d := openDoor(t)
	scoped := d.issue("wms", models.TypeMovement)
	good := balance("1", 1)
	zip := map[string]string{"Content-Encoding": "gzip"}
	tooMany := "[" + strings.Repeat(good+",", ingest.MaxEvents) + good + "]"
	for name, c := range map[string]struct {
		request
		status int
		says   string
	}{
		"no key":                {request{contentType: structured, body: []byte(good)}, 401, "API key"},
		"not our kind of key":   {request{key: "abc", contentType: structured, body: []byte(good)}, 401, "tlk_"},
		"unknown key":           {request{key: "tlk_" + strings.Repeat("x", 43), contentType: structured, body: []byte(good)}, 401, "unknown"},
		"another source":        {request{key: scoped, contentType: structured, body: []byte(good)}, 403, `"wms"`},
		"a type out of scope":   {request{key: scoped, contentType: structured, body: []byte(strings.Replace(good, `"erp"`, `"wms"`, 1))}, 403, "balance"},
		"no content type":       {request{key: d.key, body: []byte(good)}, 415, "Content-Type"},
		"another content type":  {request{key: d.key, contentType: "text/plain", body: []byte(good)}, 415, "text/plain"},
		"another charset":       {request{key: d.key, contentType: structured + "; charset=latin1", body: []byte(good)}, 415, "UTF-8"},
		"another encoding":      {request{key: d.key, contentType: structured, header: map[string]string{"Content-Encoding": "br"}, body: []byte(good)}, 415, "gzip"},
		"no attributes":         {request{key: d.key, contentType: "application/json", body: []byte(good)}, 400, "ce-"},
		"no JSON":               {request{key: d.key, contentType: structured, body: []byte(good[:len(good)-1])}, 400, "JSON"},
		"no array":              {request{key: d.key, contentType: batched, body: []byte(good)}, 400, "array"},
		"half an array":         {request{key: d.key, contentType: batched, body: []byte("[" + good + ",")}, 400, "JSON"},
		"invalid UTF-8":         {request{key: d.key, contentType: structured, body: []byte(strings.Replace(good, "LON", "L\xff", 1))}, 400, "UTF-8"},
		"no gzip":               {request{key: d.key, contentType: structured, header: zip, body: []byte(good)}, 400, "gzip"},
		"half gzip":             {request{key: d.key, contentType: structured, header: zip, body: packed(t, []byte(good))[:60]}, 400, "gzip"},
		"a gzip bomb":           {request{key: d.key, contentType: batched, header: zip, body: packed(t, []byte(strings.Repeat(" ", 64<<20)))}, 413, "8 MB"},
		"too many bytes":        {request{key: d.key, contentType: batched, body: []byte(strings.Repeat(" ", 8<<20+1))}, 413, "8 MB"},
		"too many events":       {request{key: d.key, contentType: batched, body: []byte(tooMany)}, 413, "1000"},
		"all rejected":          {request{key: d.key, contentType: batched, body: []byte(array(`{}`, `{}`))}, 422, "No event was accepted"},
		"one rejected":          {request{key: d.key, contentType: structured, body: []byte(`{}`)}, 422, "No event was accepted"},
		"data in another dress": {request{key: d.key, contentType: structured, body: []byte(strings.Replace(good, `"data":`, `"data_base64":"e30=","x":`, 1))}, 422, "No event was accepted"},
	} {
		got := d.post(c.request)
		if got.Status != c.status || !strings.Contains(got.Detail, c.says) || got.Title == "" {
			t.Errorf("%s: %d %q, want %d saying %q", name, got.Status, got.Detail, c.status, c.says)
		}
		if got.Media != "application/problem+json" {
			t.Errorf("%s is answered as %s", name, got.Media)
		}
		if c.status == 422 && len(got.Results) == 0 {
			t.Errorf("%s has no results", name)
		}
	}
	if n := d.count(`SELECT count(*) FROM events`); n != 0 {
		t.Errorf("%d events were stored", n)
	}
}

func TestAnEventOfMoreThanAMegabyteIsRejectedAlone(t *testing.T) {
	d := openDoor(t)
	large := strings.Replace(balance("large", 1), `"data":{`, `"data":{"note":"`+strings.Repeat("x", 1<<20)+`",`, 1)
	got := d.send(batched, array(balance("small", 1), large))
	if got.Accepted != 1 || got.Rejected != 1 || got.Results[1].Status != models.IntakeRejected {
		t.Errorf("%d: %+v", got.Status, got.Results)
	}
}

func TestEnvelopesAreKept(t *testing.T) {
	d := openDoor(t)
	d.now = time.Now().Truncate(time.Second)
	const trace = "0af7651916cd43dd8448eb211c80319c"
	extra := `"subject":"A/LON","traceparent":"00-` + trace + `-b7ad6b7169203331-01","partner":"x\u0001y","hops":3,"nothing":null,`
	extra = strings.ReplaceAll(extra, `x\u0001y`, `é`)
	event := strings.Replace(balance("1", 1), `"specversion"`, extra+`"specversion"`, 1)
	if got := d.send(structured, event); got.Accepted != 1 {
		t.Fatalf("%+v", got)
	}
	events, err := store.NewLog(d.db).Read(t.Context(), map[int16]store.Cursor{int16(d.count(`SELECT shard FROM events`)): {}}, 10)
	if err != nil || len(events) != 1 {
		t.Fatalf("%v, %v", events, err)
	}
	e := events[0]
	if e.Subject != "A/LON" || e.TraceID != trace || e.Key != "inventory:A|LON" || e.Item != "A" || e.DC != "LON" {
		t.Errorf("the envelope became %+v", e)
	}
	if want := `{"traceparent":"00-` + trace + `-b7ad6b7169203331-01","partner":"é","hops":3}`; e.Extensions != want {
		t.Errorf("the extensions became %s", e.Extensions)
	}
	if !strings.Contains(e.Data, `"on_hand":"12.5","allocated":1`) {
		t.Errorf("the data became %s", e.Data)
	}
}

func TestTimesOutOfTheWindowAndAheadOfTheClock(t *testing.T) {
	d := openDoor(t)
	at := func(id string, when time.Time, extra string) string {
		return strings.Replace(balance(id, 1), `"time":"`, extra+`"time":"`+when.UTC().Format(time.RFC3339)+`","was":"`, 1)
	}
	old := time.Now().Add(-91 * 24 * time.Hour)
	if got := d.send(structured, at("old", old, "")); got.Status != 422 || got.Results[0].Errors[0].Pointer != "/time" {
		t.Errorf("an event of before the window: %+v", got)
	}
	if got := d.send(structured, at("history", old, `"historyload":true,`)); got.Accepted != 1 {
		t.Errorf("an event of a declared history: %+v", got)
	}
	d.now = time.Now().UTC().Truncate(time.Second)
	if got := d.send(structured, at("ahead", d.now.Add(time.Hour), "")); got.Accepted != 1 {
		t.Errorf("an event ahead of the clock: %+v", got)
	}
	var occurred time.Time
	var extensions string
	if err := d.db.Pool.QueryRow(t.Context(), `SELECT occurred_at, extensions FROM events WHERE event_id = 'ahead'`).Scan(&occurred, &extensions); err != nil {
		t.Fatal(err)
	}
	if !occurred.Equal(d.now) || !strings.Contains(extensions, `"throughlineclockskew":3600`) {
		t.Errorf("it occurred at %s with %s", occurred, extensions)
	}
	if err := d.recorder.Stop(t.Context()); err != nil { // which stores what it has
		t.Fatal(err)
	}
	ahead, err := store.NewConditions(d.db).ClocksAhead(t.Context(), d.now, 2*time.Minute)
	if err != nil || len(ahead) != 1 || ahead[0].Source != "erp" || ahead[0].DC != "LON" || !ahead[0].OccurredAt.Equal(d.now.Add(time.Hour)) || !ahead[0].Replaced {
		t.Errorf("the clocks ahead are %+v, %v", ahead, err)
	}
}

// TestAClockThatIsAheadIsKnownBeforeItsEvent sends events ahead of the clock at long
// intervals, while nothing writes what was gathered.
func TestAClockThatIsAheadIsKnownBeforeItsEvent(t *testing.T) {
	d := openDoor(t)
	d.now = time.Now().UTC().Truncate(time.Second)
	for i, pause := range []time.Duration{0, 2 * time.Minute, 2 * time.Minute} {
		d.now = d.now.Add(pause)
		event := strings.Replace(balance(fmt.Sprint("ahead", i), 1+i), `"time":"`, `"time":"`+d.now.Add(time.Hour).Format(time.RFC3339)+`","was":"`, 1)
		if got := d.send(structured, event); got.Accepted != 1 {
			t.Fatalf("an event ahead of the clock: %+v", got)
		}
		var seen time.Time
		if err := d.db.Pool.QueryRow(t.Context(), `SELECT max(seen_at) FROM clock_skews`).Scan(&seen); err != nil || !seen.Equal(d.now) {
			t.Errorf("its clock was seen at %s, want %s: %v", seen, d.now, err)
		}
	}
}

// TestAnIndependentClientIsUnderstood sends all three modes with the CloudEvents SDK.
func TestAnIndependentClientIsUnderstood(t *testing.T) {
	d := openDoor(t)
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	transport, err := cloudevents.NewHTTP(cloudevents.WithTarget(server.URL+"/api/v1/events"), cloudevents.WithHeader("Authorization", "Bearer "+d.key))
	if err != nil {
		t.Fatal(err)
	}
	client, err := cloudevents.NewClient(transport)
	if err != nil {
		t.Fatal(err)
	}
	for mode, encode := range map[string]func(context.Context) context.Context{
		"binary": cloudevents.WithEncodingBinary, "structured": cloudevents.WithEncodingStructured,
	} {
		e := cloudevents.NewEvent()
		e.SetID(mode + " ü")
		e.SetSource("erp")
		e.SetType(string(models.TypeLocationChanged))
		e.SetTime(time.Now())
		e.SetSubject("LON")
		e.SetExtension("partner", "né")
		if err := e.SetData(cloudevents.ApplicationJSON, models.LocationChanged{DC: mode, Name: "London", TimeZone: "Europe/London", Version: 1}); err != nil {
			t.Fatal(err)
		}
		if result := client.Send(encode(t.Context()), e); !cloudevents.IsACK(result) {
			t.Errorf("%s: %v", mode, result)
		}
		if n := d.count(`SELECT count(*) FROM events WHERE event_id = $1 AND subject = 'LON' AND extensions = '{"partner":"né"}'`, e.ID()); n != 1 {
			t.Errorf("%s: the event was not stored as it was sent", mode)
		}
	}
}

func TestGzipIsUnpacked(t *testing.T) {
	d := openDoor(t)
	got := d.post(request{
		key: d.key, contentType: batched, header: map[string]string{"Content-Encoding": "gzip"},
		body: packed(t, []byte(array(balance("1", 1), balance("2", 2)))),
	})
	if got.Accepted != 2 {
		t.Errorf("%+v", got)
	}
}

func TestRefusedEventsAreCountedAndSampled(t *testing.T) {
	d := openDoor(t)
	start(t, d.recorder)
	bad := strings.Replace(balance("bad", 1), `"12.5"`, `"much"`, 1)
	for range 3 {
		d.send(batched, "["+strings.Repeat(bad+",", 49)+bad+"]")
	}
	d.send(structured, `{"specversion":"1.0","id":"x","source":"erp","type":"made.up","data":{}}`)
	if err := d.recorder.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := d.count(`SELECT sum(count) FROM rejected_counts WHERE source = 'erp' AND code = 'TRF-01' AND type = $1`, string(models.TypeBalance)); n != 150 {
		t.Errorf("%d contract violations counted, want 150", n)
	}
	if n := d.count(`SELECT sum(count) FROM rejected_counts WHERE type = 'unknown'`); n != 1 {
		t.Errorf("%d events of unknown types counted, want 1", n)
	}
	if n := d.count(`SELECT count(*) FROM rejected_samples`); n < 1 || n > 100 {
		t.Errorf("%d samples kept", n)
	}
	if n := d.count(`SELECT count(*) FROM rejected_samples WHERE errors->0->>'pointer' = '/data/on_hand'`); n == 0 {
		t.Error("no sample says what is wrong")
	}
	if n := d.count(`SELECT count(*) FROM books_received`); n != 0 {
		t.Error("refused events are in the books")
	}
}

// fullLog is an appender whose queue is full.
type fullLog struct{}

func (fullLog) Append(context.Context, []store.Entry) ([]eventlog.Outcome, error) {
	e := models.Errorf(models.CodeUnavailable, "The queue is full.")
	e.RetryAfter = 1500 * time.Millisecond
	return nil, e
}

func TestUnavailableSaysWhenToComeAgain(t *testing.T) {
	d := assemble(t, storetest.New(t), fullLog{})
	if got := d.send(structured, balance("1", 1)); got.Status != 503 || got.RetryAfter != "2" || got.Detail != "The queue is full." {
		t.Errorf("%+v", got)
	}
}

func TestDatabaseDownIsNoWrongKey(t *testing.T) {
	server := storetest.Server(t)
	d := openDoorOn(t, server.Open(), eventlog.Config{CommitTimeout: time.Second})
	server.Stop()
	if got := d.send(structured, balance("1", 1)); got.Status != 503 || got.RetryAfter == "" {
		t.Errorf("%+v", got)
	}
	server.Start()
}

func TestKeysAreScopedAndRevoked(t *testing.T) {
	d := openDoor(t)
	keys := store.NewAPIKeys(d.db)
	if _, err := ingest.IssueKey(t.Context(), keys, models.APIKey{Source: "Not a name"}, "ida"); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("a bad name: %v", err)
	}
	if _, err := ingest.IssueKey(t.Context(), keys, models.APIKey{Source: "erp", Types: []models.EventType{"made.up"}}, "ida"); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("an unknown type: %v", err)
	}
	if n := d.count(`SELECT count(*) FROM api_keys WHERE hash::text LIKE '%' || $1 || '%' OR prefix = $1`, d.key); n != 0 {
		t.Error("the secret is in the database")
	}
	list, err := keys.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Source != "erp" || !strings.HasPrefix(d.key, list[0].Prefix) {
		t.Fatalf("%v, %v", list, err)
	}
	if err := keys.Revoke(t.Context(), list[0].Prefix, "ida", "it leaked"); err != nil {
		t.Fatal(err)
	}
	if got := d.send(structured, balance("1", 1)); got.Status != 401 {
		t.Errorf("a revoked key: %+v", got)
	}
	if err := keys.Revoke(t.Context(), list[0].Prefix, "ida", "it leaked"); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("revoked twice: %v", err)
	}
	if n := d.count(`SELECT count(*) FROM audit WHERE subject = $1 AND actor = 'ida' AND (action = 'key.add' AND after ->> 'source' = 'erp' OR action = 'key.revoke' AND reason = 'it leaked')`,
		"key:"+list[0].Prefix); n != 2 {
		t.Errorf("%d audit rows of a key that was made and revoked", n)
	}
}

func TestAKeyIsHonouredUntilItExpires(t *testing.T) {
	d := openDoor(t)
	keys := store.NewAPIKeys(d.db)
	now := time.Now()
	expires := now.Add(time.Hour)
	secret, err := ingest.IssueKey(t.Context(), keys, models.APIKey{Source: "wms", ExpiresAt: &expires}, "ida")
	if err != nil {
		t.Fatal(err)
	}
	known := ingest.NewAuthenticator(keys, 24*time.Hour, func() time.Time { return now })
	if key, err := known.Authenticate(t.Context(), "Bearer "+secret); err != nil || key.Source != "wms" {
		t.Fatalf("before: %+v, %v", key, err)
	}
	now = expires // also while the key is remembered
	if _, err := known.Authenticate(t.Context(), "Bearer "+secret); models.CodeOf(err) != models.CodeUnauthenticated || !strings.Contains(err.Error(), "of wms expired on") {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := d.db.Pool.Exec(t.Context(), `UPDATE api_keys SET created_at = now() - interval '2 d', expires_at = now() - interval '1 d' WHERE source = 'wms'`); err != nil {
		t.Fatal(err)
	}
	if got := d.post(request{key: secret, contentType: structured, body: []byte(balance("1", 1))}); got.Status != 401 || !strings.Contains(got.Detail, "expired on") {
		t.Errorf("an expired key is answered %+v", got)
	}
}

func TestBinaryModeReadsHeaders(t *testing.T) {
	d := openDoor(t)
	header := map[string]string{
		"ce-specversion": "1.0", "ce-id": "b%201", "ce-source": "erp", "ce-type": string(models.TypeLocationChanged),
		"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
	body := []byte(" {\"dc\":\"LON\",\"name\":\"London\",\"time_zone\":\"UTC\",\"version\":1}\n")
	if got := d.post(request{key: d.key, contentType: "application/json; charset=utf-8", header: header, body: body}); got.Accepted != 1 {
		t.Fatalf("%+v", got)
	}
	if n := d.count(`SELECT count(*) FROM events WHERE event_id = 'b 1' AND trace_id = '0af7651916cd43dd8448eb211c80319c'`); n != 1 {
		t.Error("the headers were not understood")
	}
	for name, value := range map[string]string{"ce-id": "%zz", "ce-specversion": "0.3", "ce-time": "yesterday", "ce-datacontenttype": "x"} {
		bad := map[string]string{}
		maps.Copy(bad, header)
		bad[name] = value
		if got := d.post(request{key: d.key, contentType: "application/json", header: bad, body: body}); got.Status != 422 {
			t.Errorf("%s: %q is answered %d", name, value, got.Status)
		}
	}
	if got := d.post(request{key: d.key, contentType: "application/json", header: header}); got.Status != 422 || got.Results[0].Errors[0].Pointer != "/data" {
		t.Errorf("without data: %s", fmt.Sprint(got))
	}
}
