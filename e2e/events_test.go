package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// posted is what the tower answered to a batch of events.
type posted struct {
	status     int
	retryAfter string
	media      string
	problem    struct {
		Status int
		Detail string
	}
}

// post sends one batch. What cannot be sent at all has the status 0.
func post(t *testing.T, tower, key, batch string) posted {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tower+"/api/v1/events", strings.NewReader(batch))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/cloudevents-batch+json")
	client := http.Client{Timeout: time.Minute}
	res, err := client.Do(req)
	if err != nil {
		return posted{}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return posted{}
	}
	p := posted{status: res.StatusCode, retryAfter: res.Header.Get("Retry-After"), media: res.Header.Get("Content-Type")}
	if err := json.Unmarshal(body, &p.problem); err != nil {
		t.Fatalf("the answer %d is no JSON: %s", p.status, body)
	}
	return p
}

// event is one CloudEvent of a source.
func event(source, id, kind, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":%q,"type":"throughline.%s.v1","time":%q,"data":%s}`,
		id, source, kind, time.Now().UTC().Format(time.RFC3339Nano), data)
}

func item(source, id, item string, version int) string {
	return event(source, id, "item.changed", fmt.Sprintf(`{"item":%q,"description":"Pallet wrap","unit":"EA","pack_size":"6","moq":"12",
		"unit_cost":"2.10","unit_price":"3.40","currency":"GBP","abc_class":"A","supplier":"S-1","version":%d}`, item, version))
}
