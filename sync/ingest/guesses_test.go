package ingest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/ingest"
)

// counts keeps what a Recorder stores.
type counts struct{ kept []models.RejectionCount }

func (c *counts) Record(_ context.Context, counts []models.RejectionCount, samples []models.Rejection, _ []models.SequenceArrivals) error {
	c.kept = append(c.kept, counts...)
	if len(samples) > 0 {
		return fmt.Errorf("%d samples of what nobody sent", len(samples))
	}
	return nil
}

func (*counts) RecordSkews(context.Context, []models.ClockSkew) error { return nil }

// TestGuessesAreCountedByAddress has more addresses than are told apart, in two minutes.
func TestGuessesAreCountedByAddress(t *testing.T) {
	kept := &counts{}
	r, err := ingest.NewRecorder(kept, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 12, 0, 59, 0, time.UTC)
	for n := range 1000 {
		r.Guessed(fmt.Sprintf("192.0.2.%d", n%100), at)
	}
	r.Guessed("192.0.2.99", at.Add(time.Second))
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	byAddress, all := map[string]int64{}, int64(0)
	for _, c := range kept.kept {
		if c.Source != models.UnknownKey || c.Code != "API-06" {
			t.Errorf("%+v", c)
		}
		byAddress[c.Minute.Format("15:04 ")+c.Type] += c.Count
		all += c.Count
	}
	if all != 1001 || len(byAddress) != 22 || byAddress["12:00 from 192.0.2.0"] != 10 || byAddress["12:00 from other addresses"] != 800 || byAddress["12:01 from 192.0.2.99"] != 1 {
		t.Errorf("%d calls by %v", all, byAddress)
	}
}
