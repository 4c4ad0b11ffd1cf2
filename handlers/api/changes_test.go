package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
)

const readKey = "Bearer reads"

// Since stands for a log of one change, kept after position 10.
func (fakes) Since(_ context.Context, q models.ChangeQuery) (models.ChangePage, error) {
	end := []models.ChangePlace{{Shard: 1, Pos: 11}}
	switch {
	case q.Latest:
		return models.ChangePage{Next: end}, nil
	case len(q.After) == 1 && q.After[0].Pos < 10:
		return models.ChangePage{}, models.Errorf(models.CodeGone, "No longer kept.")
	case len(q.After) == 1 && q.After[0].Pos == 11:
		return models.ChangePage{Next: end}, nil
	}
	return models.ChangePage{Next: end, More: q.Limit == 1, Changes: []models.ChangedFact{{
		Event: models.Event{Seq: 7, Type: models.TypeMovement, Source: "erp", ID: "m-7", Key: "I|D", Item: "I", DC: "D", Data: `{"version":3}`},
		Stock: &models.StockAfter{OnHand: decimal.NewFromInt(5), Allocated: decimal.NewFromInt(7)},
	}}}, nil
}

var errBroken = errors.New("the connection broke")

// Export gives lines until a DC named broken is asked for.
func (fakes) Export(_ context.Context, f models.ChangeFilter, row func(models.EventType, []byte) error) ([]models.ChangePlace, error) {
	for range 2000 {
		if err := row(f.Types[0], []byte(`{"item":"I","dc":"D","on_hand":"5","allocated":"7","version":3}`)); err != nil {
			return nil, err
		}
	}
	if slices.Contains(f.DCs, "broken") {
		return nil, errBroken
	}
	return []models.ChangePlace{{Shard: 1, Pos: 10}}, nil
}

func TestChangesArePolledFromTokenToToken(t *testing.T) {
	h := mount(t, fakes{})
	rec, body := get(t, h, "/api/v1/changes?entity=inventory&limit=1", authorization, readKey)
	if rec.Code != 200 || body["more"] != true {
		t.Fatalf("%d %v", rec.Code, body)
	}
	c := body["changes"].([]any)[0].(map[string]any)
	if c["entity"] != "inventory" || c["data"].(map[string]any)["version"] != 3.0 || c["stock"].(map[string]any)["available"] != "-2" {
		t.Errorf("%v", c)
	}
	token := body["next"].(string)
	if _, body = get(t, h, "/api/v1/changes?entity=inventory&since="+token, authorization, readKey); len(body["changes"].([]any)) != 0 || body["more"] != false {
		t.Errorf("at its end: %v", body)
	}
	if _, body = get(t, h, "/api/v1/changes?entity=inventory&since=now", authorization, readKey); body["next"] != token {
		t.Errorf("now: %v", body)
	}
}

func TestARefusedPollSaysWhatToDo(t *testing.T) {
	h := mount(t, fakes{})
	token := models.EncodeDelta([]models.ChangePlace{{Shard: 1, Pos: 3}}, models.ChangeFilter{Entities: []string{"inventory"}},
		models.APIKey{Scopes: []models.Scope{models.ScopeRead}})
	for _, c := range []struct {
		name, path, key string
		status          int
		says            string
	}{
		{"no key", "/api/v1/changes", "", 401, "key"},
		{"a key that sends", "/api/v1/changes", goodKey, 403, "--scope read"},
		{"a changed token", "/api/v1/changes?entity=inventory&since=" + token[:len(token)-1] + "-", readKey, 400, "export"},
		{"another filter", "/api/v1/changes?entity=item&since=" + token, readKey, 400, "filter"},
		{"no such entity", "/api/v1/changes?entity=nothing", readKey, 400, "inventory"},
		{"no number", "/api/v1/changes?limit=all", readKey, 400, "limit"},
		{"too old", "/api/v1/changes?entity=inventory&since=" + token, readKey, 410, "kept"},
		{"no such export", "/api/v1/export/nothing", readKey, 400, "inventory"},
		{"two exports", "/api/v1/export/item,inventory", readKey, 400, "one entity"},
		{"an export by a key that sends", "/api/v1/export/item", goodKey, 403, "--scope read"},
	} {
		rec, body := get(t, h, c.path, authorization, c.key)
		detail, _ := body["detail"].(string)
		if rec.Code != c.status || !strings.Contains(detail, c.says) {
			t.Errorf("%s: %d %v", c.name, rec.Code, body)
		}
		if exports, _ := body["exports"].([]any); c.status == 410 && (len(exports) != 1 || exports[0] != "/api/v1/export/inventory") {
			t.Errorf("%s: it names %v", c.name, exports)
		}
	}
}

func TestAnExportEndsWithItsToken(t *testing.T) {
	server := httptest.NewServer(mount(t, fakes{}))
	defer server.Close()
	status, lines, err := export(t, server.URL+"/api/v1/export/inventory")
	if err != nil || status != http.StatusOK || len(lines) != 2001 {
		t.Fatalf("%d, %d lines, %v", status, len(lines), err)
	}
	var end struct {
		Next string `json:"next"`
		Rows int    `json:"rows"`
	}
	if err := json.Unmarshal([]byte(lines[2000]), &end); err != nil || end.Rows != 2000 || end.Next == "" {
		t.Fatalf("the last line is %s", lines[2000])
	}
	rec, body := get(t, mount(t, fakes{}), "/api/v1/changes?entity=inventory&since="+end.Next, authorization, readKey)
	if rec.Code != 200 || len(body["changes"].([]any)) != 1 {
		t.Errorf("after the export: %d %v", rec.Code, body)
	}
}

func TestABrokenExportDoesNotLookWhole(t *testing.T) {
	server := httptest.NewServer(mount(t, fakes{}))
	defer server.Close()
	_, lines, err := export(t, server.URL+"/api/v1/export/inventory?dc=broken")
	if err == nil || strings.Contains(lines[len(lines)-1], `"next"`) {
		t.Errorf("%d lines, %v", len(lines), err)
	}
}
