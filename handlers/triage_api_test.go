package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// triaged is the API's answer about a triage.
type triaged struct {
	ID     int64            `json:"id"`
	Status string           `json:"status"`
	Counts map[string]int64 `json:"counts"`
	Items  []struct {
		Exception      int64
		State, Outcome string
	} `json:"items"`
}

func sendJSON(t *testing.T, c *webtest.Client, path, body string) (*webtest.Page, triaged) {
	t.Helper()
	p := c.Do(http.MethodPost, path, strings.NewReader(body), http.Header{"Content-Type": {"application/json"}, "Sec-Fetch-Site": {"same-origin"}})
	var answer triaged
	if p.Status < 300 {
		if err := json.Unmarshal([]byte(p.Body), &answer); err != nil {
			t.Fatalf("%s: %v", p.Body, err)
		}
	}
	return p, answer
}

func TestTheAPIPreviewsRunsAndTakesBackATriage(t *testing.T) {
	w := newWorld(t)
	w.standingExceptions("queued", 3)
	it := w.SignIn(models.RoleIT)
	const plan = `{"action":"assign","filter":{"team":"it","code":"TRF-03","dc":"LEE"}}`
	p, preview := sendJSON(t, it, "/api/v1/triage", plan)
	if p.Status != http.StatusCreated || preview.Status != "preview" || preview.Counts["open"] != 3 {
		t.Fatalf("%d %s", p.Status, p.Body)
	}
	for part, want := range map[string]int{"ours": http.StatusCreated, "also": http.StatusConflict, "others": http.StatusUnprocessableEntity} {
		if p, some := sendJSON(t, it, "/api/v1/triage", strings.Replace(plan, `"code"`, `"part":"`+part+`","code"`, 1)); p.Status != want || part == "ours" && some.Counts["open"] != 3 {
			t.Errorf("the part %q: %d %s", part, p.Status, p.Body)
		}
	}
	address := fmt.Sprintf("/api/v1/triage/%d", preview.ID)
	for range 2 { // the second is the first sent again
		if p, done := sendJSON(t, it, address+"/run", `{}`); p.Status != http.StatusOK || done.Status != "done" || done.Counts["done"] != 3 {
			t.Fatalf("run: %d %s", p.Status, p.Body)
		}
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'exception.assign' AND actor = 'test-it'`); n != 3 {
		t.Errorf("%d audit rows, want 3", n)
	}
	if p, undone := sendJSON(t, it, address+"/undo", ``); p.Status != http.StatusOK || undone.Status != "undone" || undone.Items[0].State != "new" {
		t.Errorf("undo: %d %s", p.Status, p.Body)
	}
	if p := it.Get(address); p.Status != http.StatusOK || !strings.Contains(p.Body, `"undone":3`) {
		t.Errorf("read: %d %s", p.Status, p.Body)
	}
	for name, try := range map[string]struct {
		c    *webtest.Client
		body string
		want int
	}{
		"nobody":             {w.Stranger(), plan, http.StatusUnauthorized},
		"an executive":       {w.SignIn(models.RoleExecutive), plan, http.StatusForbidden},
		"a planner for IT":   {w.SignIn(models.RolePlanner), plan, http.StatusForbidden},
		"a team alone":       {it, `{"action":"assign","filter":{"team":"it"}}`, http.StatusUnprocessableEntity},
		"nothing chosen":     {it, `{"action":"assign"}`, http.StatusUnprocessableEntity},
		"an unknown action":  {it, `{"action":"resolve","exceptions":[1]}`, http.StatusUnprocessableEntity},
		"what is not a form": {it, `{"action":`, http.StatusBadRequest},
	} {
		if p, _ := sendJSON(t, try.c, "/api/v1/triage", try.body); p.Status != try.want {
			t.Errorf("%s: %d, want %d: %s", name, p.Status, try.want, p.Body)
		}
	}
}
