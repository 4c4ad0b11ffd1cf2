package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"

	"throughline/e2e/program"
	"throughline/e2e/wire"
	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// badWires is a tower with a wire to its database and one from a source.
type badWires struct {
	*program.Tower
	db               *store.DB
	database, source *wire.Wire
}

func newBadWires(t *testing.T) *badWires {
	t.Helper()
	dsn := storetest.DSN(t)
	direct, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", net.JoinHostPort(direct.Host, strconv.Itoa(int(direct.Port)))
	if strings.HasPrefix(direct.Host, "/") {
		network, address = "unix", direct.Host+"/.s.PGSQL."+strconv.Itoa(int(direct.Port))
	}
	b := &badWires{Tower: program.Raced(t), database: wire.New(t, network, address)}
	through := url.URL{Scheme: "postgres", User: url.UserPassword(direct.User, direct.Password), Host: b.database.Addr(),
		Path: direct.Database, RawQuery: "sslmode=disable"}
	b.Database = through.String()
	if b.db, err = store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 4}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.db.Close)
	b.Start("serve")
	b.source = wire.New(t, "tcp", strings.TrimPrefix(b.URL(), "http://"))
	return b
}

// post sends one batch straight to the tower and gives the answer's status.
func (b *badWires) post(t *testing.T, key, body string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.URL()+"/api/v1/events", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/cloudevents-batch+json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("the tower did not answer within a minute: %v", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusUnprocessableEntity {
		problem, _ := io.ReadAll(res.Body)
		t.Fatalf("the test's own event is refused: %s", problem)
	}
	return res.StatusCode
}

// TestTheTowerStandsBadWires breaks the wires to the database and from a source
// in each way while events come: none is lost, none is there twice, whoever is
// not concerned is answered, and all heals by itself.
func TestTheTowerStandsBadWires(t *testing.T) {
	b := newBadWires(t)
	load := startLoadOver(t, b.Tower, "http://"+b.source.Addr(), b.db)
	another := strings.TrimSpace(b.MustRun("key", "add", "--source", "another", "--no-interval", "a test"))
	grows := func(what string) {
		t.Helper()
		before := load.count()
		program.Eventually(t, what, func() bool { return load.count() > before })
	}
	for _, fault := range wire.Faults {
		t.Logf("%s between a source and the tower", fault.Name)
		b.source.Break(fault)
		if status := b.post(t, another, oneItem("S-"+fault.Name)); status != http.StatusAccepted {
			t.Errorf("with a %s at one source the other is answered %d", fault.Name, status)
		}
		b.source.Mend()
		grows("the source's events to be taken in after a " + fault.Name)

		t.Logf("%s between the tower and its database", fault.Name)
		b.database.Break(fault)
		if status := b.post(t, another, oneItem("D-"+fault.Name)); status != http.StatusAccepted && status != http.StatusServiceUnavailable {
			t.Errorf("with a %s at the database the source is answered %d", fault.Name, status)
		}
		b.database.Mend()
		program.Eventually(t, "the tower to be ready after a "+fault.Name, func() bool { return ready(b.Tower) })
		grows("events to be taken in after a " + fault.Name + " at the database")
	}
	checkLog(t, b.db, load.stop())
	checkBooks(t, b.db)
}

// oneItem is a batch of one item that only the source another sends.
func oneItem(id string) string {
	id = strings.ReplaceAll(id, " ", "-")
	return `[{"specversion":"1.0","id":"` + id + `","source":"another","type":"throughline.item.changed.v1","time":"` + time.Now().UTC().Format(time.RFC3339) + `","subject":"` + id + `",
		"data":{"item":"` + id + `","description":"Wire","unit":"EA","pack_size":"1","moq":"1","unit_cost":"1.00","unit_price":"2.00",
		"currency":"GBP","abc_class":"C","supplier":"WIRE","version":1}}]`
}

// TestAViewerBehindABadWireIsLetGo: whoever can no longer be reached is dropped,
// and comes back over the same wire when it is mended.
func TestAViewerBehindABadWireIsLetGo(t *testing.T) {
	b := newBadWires(t)
	password := strings.TrimSpace(b.MustRun("user", "add", "ida", "--role", string(models.RoleAdmin)))
	visitor := program.SignInWith(t, b.URL(), "ida", password)
	viewers := func() int { return int(program.Metrics(t, b.URL())["throughline_live_viewers"]) }
	faults := wire.Faults[1:] // latency alone lets nobody go
	wires := make([]*wire.Wire, len(faults))
	for i := range faults {
		wires[i] = wire.New(t, "tcp", strings.TrimPrefix(b.URL(), "http://"))
		watchOver(t, visitor, wires[i])
	}
	program.Eventually(t, "the viewers to be connected", func() bool { return viewers() == len(faults) })
	for i, fault := range faults {
		wires[i].Break(fault)
	}
	program.Eventually(t, "all of them to be dropped", func() bool { return viewers() == 0 })
	for _, line := range wires {
		line.Mend()
		watchOver(t, visitor, line)
	}
	program.Eventually(t, "all of them to be back", func() bool { return viewers() == len(faults) })
}

// watchOver opens a live page over a wire and reads it until the connection ends.
func watchOver(t *testing.T, visitor *program.Visitor, line *wire.Wire) {
	t.Helper()
	conn, err := visitor.Live(websocket.Dialer{NetDialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, line.Addr())
	}}, string(models.TopicOverview))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	}()
}
