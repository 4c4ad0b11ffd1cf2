package webtest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

const holdsUp = "holds up the rest"

// TestAFullIntakeIsNamedAsWhatHoldsUpTheRest keeps the log from taking anything, as a
// database does that is too slow: what came waits in front of it, at its source.
func TestAFullIntakeIsNamedAsWhatHoldsUpTheRest(t *testing.T) {
	w := webtest.Start(t)
	key, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "wms"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	it := w.SignIn(models.RoleIT)
	hidden(t, it.Get("/flow"), "#hops .flow-tag")
	tx, err := w.DB.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock(7811606)`); err != nil { // the real-time lane's
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil { // a commit that takes too long is answered 503
			sendOnce(ctx, w.URL()+"/api/v1/events", key)
		}
	}()
	defer func() { stop(); <-ended }()
	eventually(t, "the intake to be named", func() bool {
		return strings.Contains(it.Get("/flow").Find("#hop-source-wms").Text(), holdsUp)
	})
	p := it.Get("/flow")
	see(t, p, "#flow-source-wms .flow-waits", "Holds up the rest")
	stop()
	<-ended
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing to be held up", func() bool { return it.Get("/flow").Find("#hops .flow-tag").Length() == 0 })
}

// sendOnce brings an event, whatever is answered.
func sendOnce(ctx context.Context, address, key string) {
	event := strings.NewReplacer("%NAME", "Leeds", "%V", "1", "%TIME", time.Now().UTC().Format(time.RFC3339)).Replace(locationEvent)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(event))
	if err != nil {
		return
	}
	req.Header = http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/cloudevents+json"}}
	if answer, err := http.DefaultClient.Do(req); err == nil {
		_ = answer.Body.Close()
	}
}

func TestASlowTargetAndASlowERPAreNamedAsWhatHoldsUpTheRest(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	for _, tc := range []struct{ slow, row string }{
		{`UPDATE erp_writes SET created_at = now() - interval '1 hour'`, "#hop-erp-erp"},
		{`UPDATE erp_writes SET state = 'failed', error_class = 'permanent' WHERE state <> 'confirmed'`, "#hop-route-forecasting"}, // which has refused its messages for half a minute
	} {
		if _, err := w.DB.Pool.Exec(t.Context(), tc.slow); err != nil {
			t.Fatal(err)
		}
		p := it.Get("/flow")
		see(t, p, tc.row, holdsUp)
		if n := p.Find("#hops .flow-tag").Length(); n != 1 {
			t.Errorf("after %s %d hops hold up the rest", tc.slow, n)
		}
	}
}
