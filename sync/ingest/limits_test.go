package ingest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/ingest"
)

var limitsStart = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func TestAKeyBringsItsBurstAndThenItsRate(t *testing.T) {
	now, told := limitsStart, map[models.TroubleKind]int{}
	limits := ingest.NewLimits(func() time.Time { return now }, func(_ models.APIKey, kind models.TroubleKind, _ models.Quota) { told[kind]++ })
	key := models.APIKey{ID: 1, Source: "erp", Limit: models.RateLimit{Rate: 10, Burst: 50}}
	if q, err := limits.Take(key, 40); err != nil || q.Remaining != 10 || q.Full != 4*time.Second {
		t.Fatalf("the first 40: %+v, %v", q, err)
	}
	var coded *models.Error
	q, err := limits.Take(key, 30)
	if models.CodeOf(err) != models.CodeThrottled || q.Remaining != 10 {
		t.Fatalf("30 more: %+v, %v", q, err)
	}
	if coded = err.(*models.Error); coded.RetryAfter != 2*time.Second { //nolint:errorlint // Take returns it bare
		t.Errorf("it asks for a pause of %v", coded.RetryAfter)
	}
	now = now.Add(coded.RetryAfter)
	if _, err := limits.Take(key, 30); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	if _, err := limits.Ready(key); models.CodeOf(err) != models.CodeThrottled {
		t.Errorf("an empty bucket is ready: %v", err)
	}
	if _, err := limits.Take(key, 51); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("more than a burst: %v", err)
	}
	if q, err := limits.Take(models.APIKey{ID: 2, Limit: key.Limit}, 50); err != nil || q.Remaining != 0 {
		t.Errorf("another key: %+v, %v", q, err)
	}
	key.Limit = models.RateLimit{Rate: 100, Burst: 200}
	limits.Quota(key)
	if q, err := limits.Take(key, 0); err != nil || q.Remaining != 0 {
		t.Errorf("a higher limit alone gives %+v, %v", q, err)
	}
	now = now.Add(time.Second)
	if q, err := limits.Take(key, 60); err != nil || q.Remaining != 40 {
		t.Errorf("with a higher limit: %+v, %v", q, err)
	}
	if told[models.TroubleThrottled] != 2 || told[models.TroubleScarce] != 2 {
		t.Errorf("told of: %v, want the two that were turned away and the two that left nothing", told)
	}
}

func TestTheKeysOfASourceShareItsQuota(t *testing.T) {
	now := limitsStart
	limits := ingest.NewLimits(func() time.Time { return now }, nil)
	quota := models.RateLimit{Rate: 10, Burst: 50}
	first := models.APIKey{ID: 1, Source: "erp", Prefix: "tlk_first", Quota: quota}
	second := models.APIKey{ID: 2, Source: "erp", Prefix: "tlk_second", Quota: quota, Limit: models.RateLimit{Rate: 1, Burst: 5}}
	if q, err := limits.Take(second, 5); err != nil || q.Limit != second.Limit || q.Remaining != 0 {
		t.Errorf("the second key within its own limit: %+v, %v", q, err)
	}
	if q, err := limits.Take(second, 1); models.CodeOf(err) != models.CodeThrottled || !strings.Contains(err.Error(), "tlk_second") || q.Limit != second.Limit {
		t.Errorf("the second key above its own limit: %+v, %v", q, err)
	}
	if q, err := limits.Take(first, 45); err != nil || q.Limit != quota || q.Remaining != 0 {
		t.Errorf("what the second key was refused was taken from the quota: %+v, %v", q, err)
	}
	now = now.Add(2 * time.Second) // 20 for the source, 2 for the second key
	if _, err := limits.Take(first, 20); err != nil {
		t.Error(err)
	}
	q, err := limits.Take(second, 1)
	if models.CodeOf(err) != models.CodeThrottled || !strings.Contains(err.Error(), "All API keys of erp together") || q.Limit != quota {
		t.Errorf("the second key above the quota: %+v, %v", q, err)
	}
	if _, err := limits.Ready(second); models.CodeOf(err) != models.CodeThrottled {
		t.Errorf("it is ready: %v", err)
	}
	if q, err := limits.Take(models.APIKey{ID: 3, Source: "oms", Quota: quota}, 50); err != nil || q.Remaining != 0 {
		t.Errorf("another source: %+v, %v", q, err)
	}
}

// A key that is made after the quota was declared, as when keys are rotated, has
// no quota of its own.
func TestARotatedKeySharesTheQuotaAtTheDoor(t *testing.T) {
	d := openDoor(t)
	configuration := models.Configuration{Systems: []models.DeclaredSystem{{Name: "oms", Quota: models.RateLimit{Rate: 0.01, Burst: 3}}}}
	if _, err := store.NewConfigurations(d.db).Apply(t.Context(), configuration, "ida", false); err != nil {
		t.Fatal(err)
	}
	var answers []int
	for i := range 2 {
		secret, err := ingest.IssueKey(t.Context(), store.NewAPIKeys(d.db), models.APIKey{Source: "oms"}, "ida")
		if err != nil {
			t.Fatal(err)
		}
		body := strings.NewReplacer("%ID", strconv.Itoa(i), "%TIME", time.Now().UTC().Format(time.RFC3339)).Replace(
			`[{"specversion":"1.0","id":"a%ID","source":"oms","type":"throughline.location.changed.v1","time":"%TIME","data":{"dc":"D","name":"N","time_zone":"Europe/London","version":1}},
			{"specversion":"1.0","id":"b%ID","source":"oms","type":"throughline.location.changed.v1","time":"%TIME","data":{"dc":"D","name":"N","time_zone":"Europe/London","version":1}}]`)
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/events", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("Content-Type", batched)
		rec := httptest.NewRecorder()
		d.handler.ServeHTTP(rec, req)
		answers = append(answers, rec.Code)
		if rec.Header().Get("RateLimit-Policy") != `"events";q=3;w=300` {
			t.Errorf("key %d has the policy %q", i, rec.Header().Get("RateLimit-Policy"))
		}
	}
	if answers[0] != http.StatusAccepted || answers[1] != http.StatusTooManyRequests {
		t.Errorf("the two keys are answered %v", answers)
	}
}

func TestALimitedKeyIsToldWhatIsLeft(t *testing.T) {
	d := openDoor(t)
	now := time.Now()
	d.now = now
	limit := models.RateLimit{Rate: 2, Burst: 4}
	secret, err := ingest.IssueKey(t.Context(), store.NewAPIKeys(d.db), models.APIKey{Source: "oms", Limit: limit}, "ida")
	if err != nil {
		t.Fatal(err)
	}
	send := func(ids ...string) *httptest.ResponseRecorder {
		events := make([]string, len(ids))
		for i, id := range ids {
			events[i] = strings.NewReplacer("%ID", id, "%TIME", now.UTC().Format(time.RFC3339)).Replace(
				`{"specversion":"1.0","id":"%ID","source":"oms","type":"throughline.location.changed.v1","time":"%TIME","data":{"dc":"D","name":"N","time_zone":"Europe/London","version":1}}`)
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/events", strings.NewReader("["+strings.Join(events, ",")+"]"))
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("Content-Type", batched)
		rec := httptest.NewRecorder()
		d.handler.ServeHTTP(rec, req)
		if rec.Header().Get("RateLimit-Policy") != `"events";q=4;w=2` {
			t.Errorf("%d: the policy is %q", rec.Code, rec.Header().Get("RateLimit-Policy"))
		}
		return rec
	}
	if rec := send("1", "2", "3"); rec.Code != http.StatusAccepted || rec.Header().Get("RateLimit") != `"events";r=1;t=2` {
		t.Errorf("%d %q: %s", rec.Code, rec.Header().Get("RateLimit"), rec.Body)
	}
	rec := send("4", "5", "6")
	var problem struct {
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &problem); err != nil || rec.Code != http.StatusTooManyRequests ||
		problem.Status != rec.Code || !strings.Contains(problem.Detail, "2 events a second") || rec.Header().Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q: %s", rec.Code, rec.Header().Get("Retry-After"), rec.Body)
	}
	if n := d.count(`SELECT count(*) FROM events WHERE source = 'oms'`); n != 3 {
		t.Errorf("%d events are stored", n)
	}
	d.now = now.Add(time.Second)
	if rec := send("4", "5", "6"); rec.Code != http.StatusAccepted || rec.Header().Get("RateLimit") != `"events";r=0;t=2` {
		t.Errorf("after the pause: %d %q", rec.Code, rec.Header().Get("RateLimit"))
	}
	if rec := send("7"); rec.Code != http.StatusTooManyRequests {
		t.Errorf("with an empty bucket: %d", rec.Code)
	}
	if rec := send("1", "2", "3", "4", "5"); rec.Code != http.StatusTooManyRequests && rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("more than a burst: %d", rec.Code)
	}
}

func TestALimitIsSetWithItsAuditRow(t *testing.T) {
	d := openDoor(t)
	keys := store.NewAPIKeys(d.db)
	if err := keys.SetLimit(t.Context(), d.key[:10], models.RateLimit{Rate: 5, Burst: 7}, "ida", "it floods"); err != nil {
		t.Fatal(err)
	}
	list, err := keys.List(t.Context())
	if err != nil || list[0].Limit != (models.RateLimit{Rate: 5, Burst: 7}) {
		t.Errorf("%+v, %v", list, err)
	}
	if n := d.count(`SELECT count(*) FROM audit WHERE action = 'key.limit' AND actor = 'ida' AND after ->> 'burst' = '7'`); n != 1 {
		t.Errorf("%d audit rows", n)
	}
	if err := keys.SetLimit(t.Context(), d.key[:10], models.RateLimit{}, "ida", "it has calmed down"); err != nil {
		t.Fatal(err)
	}
	if err := keys.SetLimit(t.Context(), "tlk_nobody", models.RateLimit{}, "ida", "?"); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("an unknown key: %v", err)
	}
}
