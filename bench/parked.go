package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"throughline/bench/program"
)

const (
	fewParked, manyParked = 100, 100_000
	// Each round looks at one page, then as often at the other.
	parkedRounds, looksPerRound = 15, 10
)

// parkedPage is how long the page of parked events takes to answer, whole, in
// milliseconds: the median of each round.
type parkedPage struct{ few, many []float64 }

// measureParked runs the real program twice, with few and with many parked events.
func measureParked(ctx context.Context, b *bench) (page parkedPage, err error) {
	var readers [2]*reader
	for i, n := range []int{fewParked, manyParked} {
		var tower *program.Program
		if tower, err = program.Start(ctx, b.options.program, nil, "serve"); err != nil {
			return page, err
		}
		defer func() { err = errors.Join(err, tower.Stop()) }()
		if err = park(ctx, tower, n); err != nil {
			return page, err
		}
		if readers[i], err = signIn(ctx, tower); err != nil {
			return page, err
		}
	}
	for range parkedRounds {
		few, err := readers[0].look(ctx)
		if err != nil {
			return page, err
		}
		many, err := readers[1].look(ctx)
		if err != nil {
			return page, err
		}
		page.few, page.many = append(page.few, few), append(page.many, many)
	}
	return page, nil
}

// park stores events of four causes, ten DCs and a hundred items, with what the
// books know of them.
func park(ctx context.Context, tower *program.Program, n int) error {
	for _, sql := range []string{
		`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint)
			SELECT n, n % 8, now(), now(), 'erp', 'e-' || n, 'throughline.inventory.balance.v1', 'inventory:' || n, 'I' || n % 100, 'D' || n % 10, '{}',
				'parked', 'transformation', 'TRF-06', 'Cause ' || n % 4, CAST(lpad((n % 4)::text, 32, '0') AS uuid)
			FROM generate_series(1, $1::int) AS n`,
		`INSERT INTO books_received (source, lane, received) VALUES ('erp', 'realtime', $1)`,
		`INSERT INTO books_decided (source, shard, parked) VALUES ('erp', 0, $1)`,
	} {
		if _, err := tower.DB.Pool.Exec(ctx, sql, n); err != nil {
			return fmt.Errorf("park %d events: %w", n, err)
		}
	}
	_, err := tower.DB.Pool.Exec(ctx, `VACUUM ANALYZE unsettled_events, unsettled_counts`)
	return err
}

// reader is somebody of IT who is signed in.
type reader struct {
	http *http.Client
	page string
}

func signIn(ctx context.Context, tower *program.Program) (*reader, error) {
	password, err := tower.Say(ctx, "user", "add", "ivy", "--role", "it")
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	r := &reader{http: &http.Client{Jar: jar, Timeout: time.Minute}, page: tower.URL + "/parked"}
	form := url.Values{"name": {"ivy"}, "password": {strings.TrimSpace(password)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, tower.URL+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, r.get(req)
}

// look reads the page some times and gives the median in milliseconds.
func (r *reader) look(ctx context.Context) (float64, error) {
	var took []time.Duration
	for range looksPerRound {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.page, nil)
		if err != nil {
			return 0, err
		}
		began := time.Now()
		if err := r.get(req); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return 1000 * took[len(took)/2].Seconds(), nil
}

// get reads an answer to its end; a page that sends the reader to the sign-in is none.
func (r *reader) get(req *http.Request) error {
	res, err := r.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || res.Request.URL.Path == "/sign-in" {
		return fmt.Errorf("%s answers with %s at %s", req.URL, res.Status, res.Request.URL.Path)
	}
	return nil
}
