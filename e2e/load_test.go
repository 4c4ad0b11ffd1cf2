package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"throughline/e2e/program"
	"throughline/models/store"
)

// load posts events of its own all the time and sends what was not answered again.
type load struct {
	url, key string
	ended    context.Context //nolint:containedctx // when to send no more
	cancel   context.CancelFunc
	done     sync.WaitGroup

	mu       sync.Mutex
	accepted []string
}

// loadSource is the source under which the load's events stand in the books.
const loadSource = "load"

// startLoad begins to send to a tower that runs, until stop or the test's end.
func startLoad(t *testing.T, w *program.Tower) *load {
	t.Helper()
	return startLoadOver(t, w, w.URL(), open(t, w))
}

// startLoadOver sends to another address, which leads to the tower.
func startLoadOver(t *testing.T, w *program.Tower, address string, db *store.DB) *load {
	t.Helper()
	key := strings.TrimSpace(w.MustRun("key", "add", "--source", loadSource, "--no-interval", "a test"))
	ownItems(t, db)
	l := &load{url: address + "/api/v1/events", key: key}
	l.ended, l.cancel = context.WithCancel(t.Context())
	for sender := range 4 {
		l.done.Go(func() { l.send(sender) })
	}
	t.Cleanup(func() { l.stop() })
	return l
}

// ownItems gives the load's items to its source, since the demo's ERP owns all others.
func ownItems(t *testing.T, db *store.DB) {
	t.Helper()
	_, err := db.Pool.Exec(t.Context(), `INSERT INTO owners (entity, record, source)
		SELECT 'item', format('item:L%s-%s', s, i), $1 FROM generate_series(0, 3) AS s, generate_series(0, 9) AS i ON CONFLICT DO NOTHING`, loadSource)
	if err != nil {
		t.Fatal(err)
	}
}

// stop lets the senders hear their last answers and gives the ids that were
// acknowledged.
func (l *load) stop() []string {
	l.cancel()
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accepted
}

// count is how many events were acknowledged until now.
func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accepted)
}

func (l *load) send(sender int) {
	client := &http.Client{Timeout: 10 * time.Second}
	for n := 0; ; n++ {
		ids, body := masters(sender, n)
		for !l.post(client, body) {
			select { // what is being killed cannot answer: leave it a little time
			case <-l.ended.Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
		l.mu.Lock()
		l.accepted = append(l.accepted, ids...)
		l.mu.Unlock()
		if l.ended.Err() != nil {
			return
		}
	}
}

func (l *load) post(client *http.Client, body string) bool {
	req, err := http.NewRequest(http.MethodPost, l.url, strings.NewReader(body))
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
