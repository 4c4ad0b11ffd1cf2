package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"throughline/e2e/program"
	"throughline/models"
)

// TestAPollOfWhatARestoreLostIsRefused backs a tower up, lets a consumer read on,
// and restores. The same items change again as often as what was lost, so that the
// lost log and the new one have as much in each shard: the token of the lost one is
// refused with where to begin again, the one of the backup misses nothing.
func TestAPollOfWhatARestoreLostIsRefused(t *testing.T) {
	w := program.New(t)
	w.Start("serve")
	erp := strings.TrimSpace(w.MustRun("key", "add", "--source", "erp", "--no-interval", "a test"))
	lake := strings.TrimSpace(w.MustRun("key", "add", "--source", "lake", "--scope", "read"))
	receive(t, w, erp, "kept", 1)
	kept := pollOn(t, w, lake, "")
	file := filepath.Join(t.TempDir(), "tower.backup")
	w.MustRun("backup", file)
	receive(t, w, erp, "lost", 2)
	lost := pollOn(t, w, lake, kept.Next)

	restored := program.New(t)
	restored.MustRun("restore", file)
	restored.Start("serve")
	wantGone(t, restored, lake, lost.Next)
	receive(t, restored, erp, "anew", 3)
	wantGone(t, restored, lake, lost.Next)
	if after := pollOn(t, restored, lake, kept.Next); !slices.Equal(after.ids(), []string{"anew-0", "anew-1", "anew-2"}) {
		t.Errorf("after the token of the backup came %v", after.ids())
	}
	export := exportOf(t, restored, lake)
	receive(t, restored, erp, "then", 4)
	if after := pollOn(t, restored, lake, export); !slices.Equal(after.ids(), []string{"then-0", "then-1", "then-2"}) {
		t.Errorf("after the export came %v", after.ids())
	}
}

// receive posts a version of some items one by one, each of which is a batch of its
// own to the log, and waits until they took effect.
func receive(t *testing.T, w *program.Tower, key, name string, version int) {
	t.Helper()
	for i := range 3 {
		id := fmt.Sprintf("%s-%d", name, i)
		if answer := post(t, w.URL(), key, "["+item("erp", id, fmt.Sprintf("A-%d", i), version)+"]"); answer.status != http.StatusAccepted {
			t.Fatalf("%+v", answer)
		}
		program.Eventually(t, id+" to take effect", func() bool {
			books, err := program.Get[models.Books](t, w.URL()+"/api/v1/books", key)
			return err == nil && books.Total.Pending == 0
		})
	}
}

// polled is a page of changes of items.
type polled struct {
	Changes []struct{ ID string }
	Next    string
	More    bool
}

func (p polled) ids() (ids []string) {
	for _, c := range p.Changes {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

const itemChanges = "/api/v1/changes?entity=item&since="

// pollOn reads everything after a token; the page that it gives holds it all.
func pollOn(t *testing.T, w *program.Tower, key, since string) polled {
	t.Helper()
	all := polled{Next: since, More: true}
	for all.More {
		page, err := program.Get[polled](t, w.URL()+itemChanges+all.Next, key)
		if err != nil {
			t.Fatal(err)
		}
		all.Changes, all.Next, all.More = append(all.Changes, page.Changes...), page.Next, page.More
	}
	return all
}

// wantGone wants a token to be answered 410, with a sentence and the export to begin anew with.
func wantGone(t *testing.T, w *program.Tower, key, since string) {
	t.Helper()
	status, body := read(t, w, key, itemChanges+since)
	var problem struct {
		Detail  string
		Exports []string
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil || status != http.StatusGone ||
		!strings.Contains(problem.Detail, "restored from a backup. Read the export again") || !slices.Equal(problem.Exports, []string{"/api/v1/export/item"}) {
		t.Errorf("a token of what was lost is answered %d (%v): %s", status, err, body)
	}
}

// exportOf reads the export of items and gives the token of its last line.
func exportOf(t *testing.T, w *program.Tower, key string) string {
	t.Helper()
	status, body := read(t, w, key, "/api/v1/export/item")
	lines := strings.Split(strings.TrimSpace(body), "\n")
	var end struct{ Next string }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || end.Next == "" {
		t.Fatalf("the export is answered %d (%v): %s", status, err, body)
	}
	return end.Next
}

func read(t *testing.T, w *program.Tower, key, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}
