package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
	"throughline/sync/eventlog"
	"throughline/sync/ingest"
)

// limited is a key that everybody brings, before a log that takes everything.
type limited models.APIKey

func (k limited) Authenticate(context.Context, string) (models.APIKey, error) {
	return models.APIKey(k), nil
}

func (limited) Append(_ context.Context, entries []store.Entry) ([]eventlog.Outcome, error) {
	outcomes := make([]eventlog.Outcome, len(entries))
	for i := range outcomes {
		outcomes[i].Status = models.IntakeAccepted
	}
	return outcomes, nil
}

// TestAFileThatWaitsForItsQuotaInVainIsToldOf sends more rows than the quota has,
// while time stands still.
func TestAFileThatWaitsForItsQuotaInVainIsToldOf(t *testing.T) {
	contracts, err := contract.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	recorder, err := ingest.NewRecorder(nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	now, told := func() time.Time { return limitsStart }, map[models.TroubleKind]int{}
	limits := ingest.NewLimits(now, func(_ models.APIKey, kind models.TroubleKind, _ models.Quota) { told[kind]++ })
	key := limited{ID: 1, Source: "erp", Limit: models.RateLimit{Rate: 1, Burst: 100}}
	service, err := ingest.New(ingest.Config{
		Keys: key, Appender: key, Contracts: contracts, Rejections: recorder, Limits: limits, Shards: models.Shards{Realtime: 1, Bulk: 1}, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := limits.Take(models.APIKey(key), 50); err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	rows.WriteString("item,dc,on_hand,allocated,unit,version\n")
	for i := range 100 {
		fmt.Fprintf(&rows, "A-%d,LON,5,1,EA,1\n", i)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	answer, err := service.AcceptFile(ctx, models.FileRequest{Type: models.TypeBalance, Body: strings.NewReader(rows.String())})
	// What half of the patience brings is taken in, though the burst is more.
	if models.CodeOf(err) != models.CodeThrottled || answer.Accepted != 30 {
		t.Errorf("%+v, %v", answer, err)
	}
	if told[models.TroubleThrottled] != 1 {
		t.Errorf("told of %v", told)
	}
}
