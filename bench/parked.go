package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"throughline/bench/program"
)

const (
	fewParked, manyParked = 100, 100_000
	// Each round looks at one tower's page, then as often at the other's.
	parkedRounds, looksPerRound = 15, 10
)

// parkedPage is a page of the desk of parked events, and how long it takes to
// answer, whole: every look at it with few and with many events.
type parkedPage struct {
	name, path string
	few, many  []time.Duration
	ratios     []float64 // of the medians, round by round
}

// parkedPages are what somebody opens who deals with a cause.
func parkedPages() []parkedPage {
	const cause = "00000000-0000-0000-0000-000000000001"
	return []parkedPage{
		{name: "the list", path: "/parked"},
		{name: "an opened group", path: "/parked?open=" + cause},
		{name: "one event", path: "/events/1"},
		{name: "its edit", path: "/events/1/edit"},
		{name: "a new bulk action", path: "/bulk/new?action=retry&group=" + cause},
		{name: "a planned one", path: "/bulk/1"},
	}
}

// parkedDesk is all that was measured of the pages, and how long the bulk action on
// a cause took to plan.
type parkedDesk struct {
	pages             []parkedPage
	planFew, planMany time.Duration
}

// measureParked runs the real program twice, with few and with many parked events.
func measureParked(ctx context.Context, b *bench) (desk parkedDesk, err error) {
	var readers [2]*reader
	for i, n := range []int{fewParked, manyParked} {
		var tower *program.Program
		if tower, err = program.Start(ctx, b.options.program, nil, "serve"); err != nil {
			return desk, err
		}
		defer func() { err = errors.Join(err, tower.Stop()) }()
		if err = park(ctx, tower, n); err != nil {
			return desk, err
		}
		if readers[i], err = signIn(ctx, tower); err != nil {
			return desk, err
		}
	}
	few, many := readers[0], readers[1]
	if desk.planFew, err = few.plan(ctx); err != nil {
		return desk, err
	}
	if desk.planMany, err = many.plan(ctx); err != nil {
		return desk, err
	}
	desk.pages = parkedPages()
	for range parkedRounds {
		for i := range desk.pages {
			if err := desk.pages[i].round(ctx, few, many); err != nil {
				return desk, err
			}
		}
	}
	return desk, nil
}

// ratios are those of the pages; the list has a mark.
func (d parkedDesk) ratios() (all []ratio) {
	for _, p := range d.pages {
		r := ratio{name: fmt.Sprintf("parked events, %s, %d ÷ %d", p.name, manyParked, fewParked), values: p.ratios}
		if p.path == "/parked" {
			r.most = markParked
		}
		all = append(all, r)
	}
	return all
}

func (d parkedDesk) write(out io.Writer) {
	_, _ = fmt.Fprintf(out, "\n| parked events: p50 and p95 of %d looks, with | %d of them | | %d of them | |\n| --- | ---: | ---: | ---: | ---: |\n",
		parkedRounds*looksPerRound, fewParked, manyParked)
	for _, p := range d.pages {
		few, many := spreadOf(p.few), spreadOf(p.many)
		_, _ = fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", p.name, ms(few.p50), ms(few.p95), ms(many.p50), ms(many.p95))
	}
	_, _ = fmt.Fprintf(out, "| to plan it, once | %s | | %s | |\n", ms(d.planFew), ms(d.planMany))
}

// round looks at the page with few and with many events.
func (p *parkedPage) round(ctx context.Context, few, many *reader) error {
	withFew, err := few.look(ctx, p.path)
	if err != nil {
		return err
	}
	withMany, err := many.look(ctx, p.path)
	if err != nil {
		return err
	}
	p.few, p.many = append(p.few, withFew...), append(p.many, withMany...)
	p.ratios = append(p.ratios, quantile(withMany, 0.5).Seconds()/quantile(withFew, 0.5).Seconds())
	return nil
}

// park stores events of four causes, ten DCs and as many items, with what the books
// know of them.
func park(ctx context.Context, tower *program.Program, n int) error {
	for _, sql := range []string{
		`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint)
			SELECT n, n % 8, now(), now(), 'erp', 'e-' || n, 'throughline.inventory.balance.v1', 'inventory:' || n, 'I' || n, 'D' || n % 10, '{}',
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
	url  string
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
	r := &reader{http: &http.Client{Jar: jar, Timeout: time.Minute}, url: tower.URL}
	_, err = r.post(ctx, "/sign-in", url.Values{"name": {"ivy"}, "password": {strings.TrimSpace(password)}})
	return r, err
}

// plan makes the bulk action that parkedPages look at: a draft on a whole cause.
func (r *reader) plan(ctx context.Context) (time.Duration, error) {
	return r.post(ctx, "/bulk", url.Values{
		"action": {"retry"}, "scope": {"all"}, "state": {"parked"}, "group": {"00000000-0000-0000-0000-000000000001"},
		"canary": {"5"}, "rate": {"50"}, "stop": {"10"}, "reason": {"The rule is there now."},
	})
}

func (r *reader) post(ctx context.Context, path string, form url.Values) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.do(req)
}

// look reads a page some times.
func (r *reader) look(ctx context.Context, path string) ([]time.Duration, error) {
	looks := make([]time.Duration, looksPerRound)
	for i := range looks {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
		if err != nil {
			return nil, err
		}
		if looks[i], err = r.do(req); err != nil {
			return nil, err
		}
	}
	return looks, nil
}

// do reads an answer to its end; a page that sends the reader to the sign-in is none.
func (r *reader) do(req *http.Request) (time.Duration, error) {
	began := time.Now()
	res, err := r.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK || res.Request.URL.Path == "/sign-in" {
		return 0, fmt.Errorf("%s answers with %s at %s", req.URL, res.Status, res.Request.URL.Path)
	}
	return time.Since(began), nil
}
