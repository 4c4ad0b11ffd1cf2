package webtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
	"throughline/web/app"
)

// The API tells what reading a balance again would bring before it does it, and does
// it with a reason only.
func TestABalanceIsReadAgainOverTheAPIAfterADryRun(t *testing.T) {
	w := newPausable(t)
	key := func(scope models.Scope) string {
		secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{scope}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	operates, reads := key(models.ScopeOperate), key(models.ScopeRead)
	ask := func(secret, body string) (status int, answer string) {
		p := w.Stranger().Do(http.MethodPost, "/api/v1/rereads", strings.NewReader(body), http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/json"}})
		return p.Status, p.Body
	}
	read := func(body string) (a rereadTold) {
		t.Helper()
		status, answer := ask(operates, body)
		if err := json.Unmarshal([]byte(answer), &a); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		return a
	}

	a := read(`{"item": "22423", "dc": "LON", "dry_run": true}`)
	if !a.DryRun || !is(a.Changes, true) || a.Held != nil || a.Owner == nil || a.Owner.OnHand != "7" || !strings.Contains(a.Follows, "Here stand 7 on hand (+7)") || a.Outcome != nil {
		t.Errorf("a dry run tells %+v", a)
	}
	if a = read(`{"item": "GONE-1", "dc": "LON", "dry_run": true}`); !is(a.Changes, false) || a.Owner != nil || a.Follows != "Nothing: erp has no such position." {
		t.Errorf("of what the owner does not have, a dry run tells %+v", a)
	}
	wantRereadsRefused(t, ask, operates, reads)
	if n := value(t, w.Tower, `SELECT (SELECT count(*) FROM events)::text || (SELECT count(*) FROM audit WHERE action = 'stock.reread' AND subject LIKE '%22423%')`); n != "00" {
		t.Errorf("so far %s events and audit rows", n)
	}

	a = read(`{"item": "22423", "dc": "LON", "reason": "It differs."}`)
	if a.DryRun || a.Owner == nil || a.Owner.OnHand != "7" || a.Outcome == nil || a.Outcome.State != "applied" || !is(a.Changes, true) || a.Held == nil || a.Held.OnHand != "7" {
		t.Errorf("reading again tells %+v", a)
	}
	if n := value(t, w.Tower, `SELECT count(*)::text FROM audit WHERE action = 'stock.reread' AND subject = 'stock:22423|LON' AND reason = 'It differs.' AND actor = 'key:erp'`); n != "2" {
		t.Errorf("%s audit rows, want the intent and the outcome", n)
	}
	if a = read(`{"item": "22423", "dc": "LON", "dry_run": true}`); !is(a.Changes, false) || a.Follows != "Nothing: both agree." || a.Held == nil {
		t.Errorf("afterwards a dry run tells %+v", a)
	}

	wantParkedReread(t, w, read)
	page := w.SignIn(models.RoleIT).Get("/api/openapi.json").Body
	if !strings.Contains(page, "null while that is unknown yet") {
		t.Error("the description of the API does not say so")
	}
}

// rereadTold is what the API tells of a balance that is read again.
type rereadTold struct {
	DryRun      bool `json:"dry_run"`
	Held, Owner *struct {
		OnHand string `json:"on_hand"`
	}
	Changes *bool
	Follows string
	Outcome *struct{ State string }
}

func wantRereadsRefused(t *testing.T, ask func(secret, body string) (int, string), operates, reads string) {
	t.Helper()
	for body, want := range map[string]int{
		`{"item": "22423", "dc": "LON"}`: http.StatusUnprocessableEntity, `{"item": "GONE-1", "dc": "LON", "reason": "It differs."}`: http.StatusPreconditionFailed,
	} {
		if status, answer := ask(operates, body); status != want {
			t.Errorf("%s is answered %d %s, want %d", body, status, answer, want)
		}
	}
	if status, answer := ask(reads, `{"item": "22423", "dc": "LON", "dry_run": true}`); status != http.StatusForbidden {
		t.Errorf("a key that reads is answered %d %s", status, answer)
	}
}

func wantParkedReread(t *testing.T, w *pausable, read func(body string) rereadTold) {
	t.Helper()
	// Another figure under the same version waits for a person.
	w.erp.Stock(connector.Balance{Item: "22423", DC: "LON", OnHand: decimal.NewFromInt(9), Unit: "EA", Version: 3, AsOf: time.Now().UTC()})
	a := read(`{"item": "22423", "dc": "LON", "reason": "It differs."}`)
	if a.Outcome == nil || a.Outcome.State != "parked" || a.Changes != nil || !strings.Contains(a.Follows, "what it changes is unknown yet") {
		t.Errorf("of what is parked it tells %+v", a)
	}
}

func is(told *bool, want bool) bool { return told != nil && *told == want }
