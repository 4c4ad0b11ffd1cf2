package outbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzRowOf holds that what a line of a nightly file is read as is written as it was read.
func FuzzRowOf(f *testing.F) {
	s := &Sender{instance: "life", cfg: Config{Source: "erp"}}
	good, err := json.Marshal(s.event(row{id: 7, eventType: "t", item: "A", dc: "LON", occurredAt: time.Unix(1, 5).UTC(), data: `{"n":1}`, sequence: 3}))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(good), strings.Replace(string(good), "life-7", "other-7", 1), strings.Replace(string(good), "life-7", "life-9223372036854775808", 1), strings.Replace(string(good), `"3"`, `""`, 1),
		strings.Replace(string(good), `{"n":1}`, `null`, 1), "", "null", "[]", "{", "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, ours, err := s.rowOf(line)
		if err != nil || !ours {
			return
		}
		written, err := json.Marshal(s.event(r))
		if err != nil {
			return // such as a year beyond 9999, which no ERP's clock tells
		}
		again, ours, err := s.rowOf(written)
		if err != nil || !ours {
			t.Fatalf("%q is written as %s, which is not read: %v", line, written, err)
		}
		again.cause.TraceParent, r.cause.TraceParent = "", "" // a message's own span in the trace
		again.data, r.data = compact(t, again.data), compact(t, r.data)
		if !again.occurredAt.Equal(r.occurredAt) {
			t.Errorf("%s came back as %s", r.occurredAt, again.occurredAt)
		}
		again.occurredAt = r.occurredAt
		if !reflect.DeepEqual(again, r) {
			t.Errorf("%+v came back as %+v", r, again)
		}
	})
}

// compact is JSON without what the writer may set otherwise.
func compact(t *testing.T, text string) string {
	if text == "" {
		return "null"
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	same, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(same)
}

// FuzzAnswer holds that an answer, whatever stands in it, is either for each message
// or a refusal, and that nobody waits a negative time.
func FuzzAnswer(f *testing.F) {
	s := &Sender{instance: "life", cfg: Config{Source: "erp"}}
	for _, text := range []string{`{"results":[{"id":"a","status":"accepted"},{"id":"b","status":"rejected","errors":[null]}]}`, `{"results":null,"detail":"Wait."}`, `{"results":[]}`, "<html>", "", "\xff", "null"} {
		for _, status := range []int{202, 200, 400, 413, 422, 429, 503, 301, 0} {
			f.Add(status, text, "9223372036854775807", uint8(len(text)%3))
		}
	}
	f.Fuzz(func(t *testing.T, status int, text, wait string, more uint8) {
		rows := make([]row, 1+more%3)
		results, err := s.read(&http.Response{StatusCode: status, Header: http.Header{"Retry-After": {wait}}}, []byte(text), rows)
		if err == nil && len(results) != len(rows) {
			t.Fatalf("%d %q is read as %d results for %d messages", status, text, len(results), len(rows))
		}
		var refused *refusal
		if errors.As(err, &refused) && refused.retryAfter < 0 {
			t.Errorf("Retry-After %q is read as %s", wait, refused.retryAfter)
		}
	})
}
