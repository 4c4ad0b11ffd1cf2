//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"throughline/e2e/program"
	"throughline/models"
	"throughline/models/store"
)

const kills = 20

// TestKillsLoseAndRepeatNothing kills the tower, or everything, again and again
// while the demo and a sender of our own keep it busy, with the ERP's own
// uniqueness check switched off.
func TestKillsLoseAndRepeatNothing(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // moments, not secrets
	w := program.New(t)
	demo := []string{"demo", "--day", "20s", "--no-faults", "--allow-duplicate-references", "--addr", program.FreeAddr(t)}
	w.Start(demo...)
	awaitOrders(t, w)
	load := startLoad(t, w.URL(), strings.TrimSpace(w.MustRun("key", "add", "--source", "load")))
	for i := range kills {
		if i%4 != 3 { // every fourth kill may come before the tower is ready
			if w.URL() == "" {
				t.Fatalf("it did not come up after kill %d:\n%s", i, w.Output())
			}
		}
		pause(t, time.Duration(random.Int64N(int64(3*time.Second))))
		if random.IntN(2) == 0 {
			w.Kill()
		} else {
			w.KillAll()
		}
		w.Launch(demo...)
	}
	if w.URL() == "" {
		t.Fatal("it did not come up after the last kill")
	}
	accepted := load.stop()
	if len(accepted) == 0 {
		t.Fatal("nothing was accepted between the kills")
	}
	db, err := store.Open(t.Context(), store.Config{DSN: w.DSN(), MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	checkLog(t, db, accepted)
	checkBooks(t, db)
	checkOrders(t, w, db)
}

// awaitOrders waits until the closed loop turns: some orders are made.
func awaitOrders(t *testing.T, w *program.Tower) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: w.DSN(), MaxConnections: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	program.Eventually(t, "the first orders", func() bool {
		var orders int
		err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM erp_writes WHERE state = 'confirmed'`).Scan(&orders)
		return err == nil && orders > 0
	})
}

// checkLog wants every accepted event once, and no event of anybody twice.
func checkLog(t *testing.T, db *store.DB, accepted []string) {
	t.Helper()
	var missing, doubled, rows, received int64
	err := db.Pool.QueryRow(t.Context(), `
		WITH stored AS (SELECT source, event_id, count(*) AS times FROM events WHERE NOT conflict GROUP BY 1, 2)
		SELECT (SELECT count(*) FROM unnest($1::text[]) AS id WHERE NOT EXISTS (SELECT FROM stored WHERE source = 'load' AND event_id = id)),
			(SELECT count(*) FROM stored WHERE times > 1), (SELECT count(*) FROM events), (SELECT sum(received) FROM books_received)`,
		accepted).Scan(&missing, &doubled, &rows, &received)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events in the log, %d of them our own", rows, len(accepted))
	if missing != 0 || doubled != 0 || rows != received {
		t.Errorf("of %d accepted events %d are missing; %d are there twice; %d rows, %d received", len(accepted), missing, doubled, rows, received)
	}
}

// checkBooks wants the books to balance, as they are kept and as they are
// counted again from the effects, and both to agree where nothing moves.
func checkBooks(t *testing.T, db *store.DB) {
	t.Helper()
	books := store.NewBooks(db)
	settled := func() (kept, counted models.BookCounts) {
		return booksOf(t, books.Read, "load"), booksOf(t, books.Audit, "load")
	}
	program.Eventually(t, "our own events to be settled", func() bool {
		kept, _ := settled()
		return kept.Pending == 0
	})
	kept, counted := settled()
	kept.Duplicate, counted.Duplicate = 0, 0 // they leave no effect to count again
	if kept != counted {
		t.Errorf("kept %+v, counted again %+v", kept, counted)
	}
}

// booksOf wants every source to balance and gives the books of one.
func booksOf(t *testing.T, read func(context.Context) (models.Books, error), source string) models.BookCounts {
	t.Helper()
	books, err := read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found models.BookCounts
	for _, s := range books.Sources {
		if s.Received != s.Applied+s.Superseded+s.Parked+s.Discarded+s.Pending {
			t.Errorf("the books of %s do not balance: %+v", s.Source, s.BookCounts)
		}
		if s.Source == source {
			found = s.BookCounts
		}
	}
	return found
}

// checkOrders wants exactly one ERP order for each recommendation that was
// approved until now.
func checkOrders(t *testing.T, w *program.Tower, db *store.DB) {
	t.Helper()
	until := time.Now()
	program.Eventually(t, "the approved orders to be made", func() bool {
		var open int
		err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM erp_writes WHERE created_at < $1 AND state NOT IN ('confirmed', 'discarded')`, until).Scan(&open)
		return err == nil && open == 0
	})
	var references []string
	err := db.Pool.QueryRow(t.Context(), `SELECT coalesce(array_agg(reference), '{}') FROM erp_writes WHERE created_at < $1 AND state = 'confirmed'`, until).Scan(&references)
	if err != nil {
		t.Fatal(err)
	}
	if len(references) == 0 {
		t.Fatal("nothing was ordered: the test has shown nothing")
	}
	token := erpToken(t, w)
	count, err := program.Get[struct{ Orders, References, Duplicates int }](t, w.ERP()+"/erp/orders/count", token)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d orders confirmed, the ERP counts %+v", len(references), count)
	if count.Duplicates != 0 {
		t.Errorf("the ERP has %d orders twice", count.Duplicates)
	}
	for _, reference := range references {
		found, err := program.Get[struct{ Orders []json.RawMessage }](t, w.ERP()+"/erp/orders?reference="+url.QueryEscape(reference), token)
		if err != nil || len(found.Orders) != 1 {
			t.Errorf("%s has %d orders in the ERP (%v), want one", reference, len(found.Orders), err)
		}
	}
}

func erpToken(t *testing.T, w *program.Tower) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.Data, "demo", "secrets.json"))
	if err != nil {
		t.Fatal(err)
	}
	var secrets struct {
		ERPToken string `json:"erp_token"`
	}
	if err := json.Unmarshal(text, &secrets); err != nil {
		t.Fatal(err)
	}
	return secrets.ERPToken
}

// load posts events of its own all the time and sends what was not answered again.
type load struct {
	url, key string
	cancel   context.CancelFunc
	done     sync.WaitGroup

	mu       sync.Mutex
	accepted []string
}

func startLoad(t *testing.T, tower, key string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{url: tower + "/api/v1/events", key: key, cancel: cancel}
	for sender := range 4 {
		l.done.Go(func() { l.send(ctx, sender) })
	}
	t.Cleanup(func() { l.stop() })
	return l
}

// stop ends the senders and gives the ids that were acknowledged.
func (l *load) stop() []string {
	l.cancel()
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accepted
}

func (l *load) send(ctx context.Context, sender int) {
	client := &http.Client{Timeout: 10 * time.Second}
	for n := 0; ctx.Err() == nil; n++ {
		ids, body := masters(sender, n)
		for ctx.Err() == nil && !l.post(ctx, client, body) {
			select { // the tower is being killed: wait a little
			case <-ctx.Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
		if ctx.Err() == nil {
			l.mu.Lock()
			l.accepted = append(l.accepted, ids...)
			l.mu.Unlock()
		}
	}
}

func (l *load) post(ctx context.Context, client *http.Client, body string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, strings.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+l.key)
	req.Header.Set("Content-Type", "application/cloudevents-batch+json")
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusAccepted
}

// masters is one batch: ten items that nobody else sends.
func masters(sender, n int) (ids []string, body string) {
	const batch = 10
	var events []string
	for i := range batch {
		id := fmt.Sprintf("load-%d-%d-%d", sender, n, i)
		ids = append(ids, id)
		events = append(events, fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"load","type":"throughline.item.changed.v1","time":%q,
			"subject":"L%d-%d","data":{"item":"L%d-%d","description":"Load","unit":"EA","pack_size":"1","moq":"1","unit_cost":"1.00","unit_price":"2.00",
			"currency":"GBP","abc_class":"C","supplier":"LOAD","version":%d}}`, id, time.Now().UTC().Format(time.RFC3339Nano), sender, i, sender, i, n+1))
	}
	return ids, "[" + strings.Join(events, ",") + "]"
}

// pause lets a random moment pass: there is nothing to wait for.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
