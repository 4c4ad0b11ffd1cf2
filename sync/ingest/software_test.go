package ingest_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"throughline/models"
	"throughline/sync/ingest"
)

// keptSoftware are the words that were kept, in order.
type keptSoftware []string

func (k *keptSoftware) KeepSoftware(_ context.Context, _ int64, software string, _ time.Time) error {
	*k = append(*k, software)
	return nil
}

func TestSoftwareIsKeptOnceAMinuteAndWhenItChanges(t *testing.T) {
	var kept keptSoftware
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	recorder := ingest.NewSoftwareRecorder(&kept, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	for _, call := range []struct {
		after time.Duration
		agent string
		key   int64
	}{
		{0, "erp-relay/4.2", 1}, {20 * time.Second, "erp-relay/4.2", 1}, {20 * time.Second, "erp-relay/4.2", 2},
		{time.Second, "erp-relay/4.3", 1}, {time.Minute, "erp-relay/4.3", 1}, {time.Second, "", 1},
	} {
		now = now.Add(call.after)
		recorder.Saw(t.Context(), models.APIKey{ID: call.key}, call.agent)
	}
	if want := []string{"erp-relay/4.2", "erp-relay/4.2", "erp-relay/4.3", "erp-relay/4.3"}; len(kept) != len(want) || kept[2] != want[2] {
		t.Errorf("%q were kept, want %q", kept, want)
	}
}

// Two programs that share a key and take turns do not have a row written for each call.
func TestCallersThatShareAKeyAreKeptInTurnAndNotEachTime(t *testing.T) {
	var kept keptSoftware
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	recorder := ingest.NewSoftwareRecorder(&kept, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	for range 6 {
		for _, agent := range []string{"erp-relay/4.2", "nightly-load/1.0"} {
			recorder.Saw(t.Context(), models.APIKey{ID: 1}, agent)
		}
		now = now.Add(time.Second)
	}
	if want := []string{"erp-relay/4.2", "nightly-load/1.0"}; !slices.Equal(kept, want) {
		t.Errorf("%q were kept in six seconds, want %q", kept, want)
	}
}

// FuzzSoftware holds what a caller may write into its header: what is kept fits
// the column and is text.
func FuzzSoftware(f *testing.F) {
	f.Add("erp-relay/4.2 (Linux)")
	f.Add("\x00\xff\u202e")
	f.Fuzz(func(t *testing.T, agent string) {
		var kept keptSoftware
		ingest.NewSoftwareRecorder(&kept, time.Now, slog.New(slog.DiscardHandler)).Saw(t.Context(), models.APIKey{ID: 1}, agent)
		for _, words := range kept {
			if n := utf8.RuneCountInString(words); n == 0 || n > 120 || !utf8.ValidString(words) {
				t.Errorf("%q is kept as %q", agent, words)
			}
		}
	})
}
