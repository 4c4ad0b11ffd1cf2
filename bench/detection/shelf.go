package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// fullShelf is what the series does as a planner: stockouts are put aside, more than
// anybody keeps in mind, through the door that people use.
const fullShelf = "full-shelf"

const (
	demoPassword   = "throughline-demo"
	putAsideAtOnce = 40 // some of which pass by themselves
	keptInMind     = 10
)

// putAside shelves some stockouts for an hour; refused when too few are open.
func (t *tower) putAside(ctx context.Context) (refused bool, err error) {
	rows, err := t.DB.Pool.Query(ctx, `SELECT id FROM exceptions WHERE code = $1 AND state <> 'resolved' AND priority <> 'P1' AND standing ORDER BY id DESC LIMIT $2`,
		models.ExceptionStockout, putAsideAtOnce)
	if err != nil {
		return false, err
	}
	picked, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(picked) <= keptInMind {
		return true, err
	}
	planner, err := t.signIn(ctx, "planner")
	if err != nil {
		return false, err
	}
	var triage struct {
		ID     int64
		Counts map[string]int
	}
	if err := t.post(ctx, planner, "/api/v1/triage", map[string]any{"action": "shelve", "exceptions": picked}, &triage); err != nil {
		return false, err
	}
	order := map[string]any{"reason": "the series looks whether somebody says that it is too much", "seconds": 3600}
	if err := t.post(ctx, planner, fmt.Sprintf("/api/v1/triage/%d/run", triage.ID), order, &triage); err != nil {
		return false, err
	}
	if triage.Counts["done"] <= keptInMind {
		return true, nil
	}
	t.hands.began(fullShelf, string(models.TeamPlanner))
	return false, nil
}

// signIn is a session of one of the demo's accounts.
func (t *tower) signIn(ctx context.Context, name string) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	person := &http.Client{Jar: jar, Timeout: t.HTTP.Timeout}
	form := url.Values{"name": {name}, "password": {demoPassword}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL+"/sign-in", bytes.NewBufferString(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return person, answer(person, req, nil)
}

// post sends JSON as a person and decodes the answer.
func (t *tower) post(ctx context.Context, person *http.Client, path string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return answer(person, req, into)
}

func answer(person *http.Client, req *http.Request, into any) error {
	res, err := person.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s was answered %d", req.URL.Path, res.StatusCode)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
