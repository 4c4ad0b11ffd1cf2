package webtest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// A source whose clock is a minute ahead is within what the intake takes as it is, and
// is told when it has been so for ten minutes.
func TestAClockThatIsALittleAheadIsToldAfterTenMinutes(t *testing.T) {
	w := webtest.Start(t)
	key, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "wms"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for n := range 20 {
		events = append(events, strings.NewReplacer(`"id":"1"`, fmt.Sprintf(`"id":"%d"`, n+1), "%NAME", "Leeds", "%V", strconv.Itoa(n+1),
			"%TIME", time.Now().Add(time.Minute).UTC().Format(time.RFC3339)).Replace(locationEvent))
	}
	answer := w.Stranger().Do(http.MethodPost, "/api/v1/events", strings.NewReader("["+strings.Join(events, ",")+"]"),
		http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/cloudevents-batch+json"}})
	if answer.Status != http.StatusAccepted {
		t.Fatalf("the events are answered %d: %s", answer.Status, answer.Body)
	}
	eventually(t, "them to be counted", func() bool {
		return value(t, w, `SELECT coalesce(sum(events) FILTER (WHERE ahead_us BETWEEN 5000000 AND 60000000), 0)::text FROM accept_rollups WHERE source = 'wms'`) != "0"
	})
	if n := value(t, w, `SELECT count(*)::text FROM exceptions WHERE code = 'OWN-05'`); n != "0" {
		t.Errorf("called %s times after a minute", n)
	}
	if _, err := w.DB.Pool.Exec(t.Context(), `INSERT INTO accept_rollups (minute, source, dc, entity, shard, hist, events, ahead_us)
		SELECT minute - interval '11 min', source, dc, entity, shard, hist, 20, ahead_us FROM accept_rollups WHERE source = 'wms'`); err != nil {
		t.Fatal(err)
	}
	it := w.SignIn(models.RoleIT)
	eventually(t, "it to be called", func() bool { return strings.Contains(it.Get("/exceptions/it").Body, "The clock of WMS is ahead") })
}
