package e2e

import (
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/e2e/program"
	"throughline/models"
)

// TestRestoredTowerAnswersAsTheOldOne backs up a running tower through its
// commands and restores it into an empty directory, and into a database that
// DATABASE_URL names.
func TestRestoredTowerAnswersAsTheOldOne(t *testing.T) {
	w := program.New(t)
	w.Start("serve")
	key := strings.TrimSpace(w.MustRun("key", "add", "--source", "erp", "--no-interval", "a test"))
	password := strings.TrimSpace(w.MustRun("user", "add", "ann", "--role", "it"))
	fillTower(t, w, key)
	before := lookAt(t, w, key)
	file := filepath.Join(t.TempDir(), "tower.backup")
	w.MustRun("backup", file)

	private := program.New(t)
	served := program.New(t)
	served.Database = newDatabase(t, w.DSN(), "restored")
	for place, restored := range map[string]*program.Tower{"an empty directory": private, "a database of one's own": served} {
		restored.MustRun("restore", file)
		if _, stderr, err := restored.Run("restore", file); err == nil || !strings.Contains(stderr, "nothing was changed") {
			t.Errorf("%s: it was restored twice: %v %s", place, err, stderr)
		}
		restored.Start("serve")
		if after := lookAt(t, restored, key); !reflect.DeepEqual(before, after) {
			t.Errorf("%s: before %+v, after %+v", place, before, after)
		}
		signIn(t, restored.URL(), "ann", password)
	}
}

// fillTower gives the books something of each kind: applied, a duplicate, what
// waits for its item, and what needs a person.
func fillTower(t *testing.T, w *program.Tower, key string) {
	t.Helper()
	now := time.Now().UTC().Format(time.RFC3339Nano)
	balance := func(id, item, onHand, version string) string {
		return event("erp", id, "inventory.balance",
			`{"item":"`+item+`","dc":"DC-1","on_hand":"`+onHand+`","allocated":"30","unit":"EA","version":`+version+`,"time":"`+now+`"}`)
	}
	batch := "[" + strings.Join([]string{
		event("erp", "1", "location.changed", `{"dc":"DC-1","name":"Bristol","time_zone":"Europe/London","version":1}`),
		item("erp", "2", "A-100", 1),
		balance("3", "A-100", "120.5", "2"),
		balance("4", "A-100", "99", "1"),
		balance("5", "unknown", "1", "1"),
		balance("6", "A-100", "121", "2"),
	}, ",") + "]"
	for range 2 {
		if answer := post(t, w.URL(), key, batch); answer.status != http.StatusAccepted {
			t.Fatalf("%+v", answer)
		}
	}
	program.Eventually(t, "all but the event of an unknown item to be settled", func() bool {
		books, err := program.Get[models.Books](t, w.URL()+"/api/v1/books", key)
		return err == nil && books.Total.Pending == 1
	})
}

// look is what a source system sees of a tower.
type look struct {
	Books     models.Books
	Inventory map[string]any
}

func lookAt(t *testing.T, w *program.Tower, key string) look {
	t.Helper()
	books, err := program.Get[models.Books](t, w.URL()+"/api/v1/books", key)
	if err != nil {
		t.Fatal(err)
	}
	inventory, err := program.Get[map[string]any](t, w.URL()+"/api/v1/inventory?item=A-100&dc=DC-1", key)
	if err != nil {
		t.Fatal(err)
	}
	delete(inventory, "age_seconds")
	if inventory["on_hand"] != "120.5" || books.Total.Received != 6 || books.Total.Duplicate != 6 || books.Total.Missing() != 0 {
		t.Errorf("books %+v, inventory %v", books, inventory)
	}
	return look{books, inventory}
}

// newDatabase makes an empty database on a server and gives its address.
func newDatabase(t *testing.T, server, name string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func signIn(t *testing.T, tower, name, password string) {
	t.Helper()
	client := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"name": {name}, "password": {password}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tower+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	if res.StatusCode != http.StatusSeeOther {
		t.Errorf("signing in as %s is answered %s", name, res.Status)
	}
}
