package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"throughline/handlers/api"
	"throughline/models"
)

const auditKey = "Bearer audit"

// trail is an audit trail of three rows that breaks off when asked for "broken".
type trail struct{}

func rowsOfTrail() []models.AuditRow {
	row := func(id int64, action, after string) models.AuditRow {
		return models.AuditRow{ID: id, At: now, AuditEntry: models.AuditEntry{Actor: "ann", Action: action, Subject: "event:7", Reason: "because", After: after}}
	}
	return []models.AuditRow{
		row(3, "event.edit", `{"patch":[{"value":"4711"}],"edits":1}`), row(2, "configuration.apply", `{"url":"https://me:word@hooks.example/in?token=4711"}`),
		row(1, "event.retry", ""),
	}
}

func (trail) Page(_ context.Context, f models.AuditFilter, after string, _ int) (models.AuditPage, error) {
	if after != "" && after != "here" {
		return models.AuditPage{}, models.Errorf(models.CodeInvalid, "No such place.")
	}
	page := models.AuditPage{Rows: rowsOfTrail(), Next: "here"}
	if f.Actor == "nobody" {
		return models.AuditPage{}, nil
	}
	return page, nil
}

func (trail) Export(_ context.Context, f models.AuditFilter, row func(models.AuditRow) error) error {
	for range 2000 { // more than the buffer holds
		for _, r := range rowsOfTrail() {
			if err := row(r); err != nil {
				return err
			}
		}
	}
	if f.Actor == "broken" {
		return errDown
	}
	return nil
}

func auditor(r *http.Request) api.AuditRight {
	person := r.Header.Get("X-Person")
	return api.AuditRight{SignedIn: person != "", Read: person == "it" || person == "executive", Payloads: person == "it"}
}

func TestTheAuditTrailIsForThoseWhoMaySeeIt(t *testing.T) {
	h := mount(t, fakes{})
	for _, try := range []struct {
		header []string
		status int
		shows  bool // what of a payload an edit changed
	}{
		{nil, 401, false},
		{[]string{authorization, readKey}, 403, false},
		{[]string{authorization, auditKey}, 200, false},
		{[]string{"X-Person", "planner"}, 403, false},
		{[]string{"X-Person", "executive"}, 200, false},
		{[]string{"X-Person", "it"}, 200, true},
	} {
		rec, body := get(t, h, "/api/v1/audit?subject=event:", try.header...)
		if rec.Code != try.status {
			t.Errorf("%v is answered with %d, want %d", try.header, rec.Code, try.status)
		}
		if rec.Code != 200 {
			continue
		}
		if rows := body["rows"].([]any); len(rows) != 3 || body["next"] != "here" || rows[0].(map[string]any)["reason"] != "because" {
			t.Errorf("%v gets %v", try.header, body)
		}
		text := rec.Body.String()
		if strings.Contains(text, `"4711"`) != try.shows || strings.Contains(text, "token") || strings.Contains(text, "word@") {
			t.Errorf("%v gets what it may not: %s", try.header, text)
		}
	}
}

func TestTheTrailSaysWhatToMend(t *testing.T) {
	h := mount(t, fakes{})
	for query, want := range map[string]int{"from=yesterday": 400, "after=elsewhere": 422, "limit=0": 422, "limit=5000": 422, "actor=%00": 400, "actor=nobody": 200} {
		if rec, body := get(t, h, "/api/v1/audit?"+query, "X-Person", "it"); rec.Code != want || want == 200 && len(body["rows"].([]any)) != 0 {
			t.Errorf("%s is answered with %d %v, want %d", query, rec.Code, body, want)
		}
	}
}

func TestTheTrailIsExportedInLinesThatSayTheirNumber(t *testing.T) {
	server := httptest.NewServer(mount(t, fakes{}))
	defer server.Close()
	status, lines, err := exportAs(t, server.URL+"/api/v1/audit/export?action=event.", auditKey)
	if err != nil || status != http.StatusOK || len(lines) != 6001 || lines[6000] != `{"rows":6000}` {
		t.Fatalf("%d, %d lines, %v", status, len(lines), err)
	}
	if !strings.HasPrefix(lines[0], `{"id":3,"at":"2026-03-02T08:00:30Z","actor":"ann","action":"event.edit","subject":"event:7"`) || strings.Contains(lines[0], `"4711"`) {
		t.Errorf("the first line is %s", lines[0])
	}
	if _, lines, err := exportAs(t, server.URL+"/api/v1/audit/export?actor=broken", auditKey); err == nil || strings.Contains(lines[len(lines)-1], `"rows"`) {
		t.Errorf("a broken export looks whole: %d lines, %v", len(lines), err)
	}
	if status, _, _ := exportAs(t, server.URL+"/api/v1/audit/export", readKey); status != http.StatusForbidden {
		t.Errorf("a key that reads changes exports the trail: %d", status)
	}
}
