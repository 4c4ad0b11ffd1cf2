package api_test

import "testing"

func TestRetentionTellsOfEachKind(t *testing.T) {
	h := mount(t, fakes{})
	rec, body := get(t, h, "/api/v1/retention", authorization, readKey)
	if rec.Code != 200 {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	kind := body["kinds"].([]any)[0].(map[string]any)
	if kind["kind"] != "movements" || kind["hours"] != 17520.0 || kind["rows"] != 12.0 || kind["since"] != "2026-03-02T08:00:30Z" {
		t.Errorf("told is %v", kind)
	}
	frozen := body["frozen"].([]any)[0].(map[string]any)
	if frozen["exception"] != 7.0 || frozen["source"] != "erp" || frozen["why"] != "A recount differs." {
		t.Errorf("frozen is %v", frozen)
	}
	if rec, _ := get(t, h, "/api/v1/retention"); rec.Code != 401 {
		t.Errorf("without a key: %d", rec.Code)
	}
	if rec, _ := get(t, h, "/api/v1/retention", authorization, goodKey); rec.Code != 403 {
		t.Errorf("with a key for sending: %d", rec.Code)
	}
	if rec, _ := get(t, mount(t, fakes{booksErr: errDown}), "/api/v1/retention", authorization, readKey); rec.Code != 503 {
		t.Errorf("without a database: %d", rec.Code)
	}
}
