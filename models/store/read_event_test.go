package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

func TestAnEventIsFoundWhereverItStands(t *testing.T) {
	failures := store.NewFailures(integrationDesk(t))
	for seq, want := range map[int64]string{
		1: "applied", 2: "superseded", 3: "discarded", 4: "waiting", 12: "parked", 17: "held", 40: "pending",
	} {
		got, err := failures.Event(t.Context(), seq)
		if err != nil {
			t.Fatalf("event %d: %v", seq, err)
		}
		if got.State != want || got.Data == "" || got.Unsettled() != (want == "waiting" || want == "parked" || want == "held") {
			t.Errorf("event %d is %s with payload %q, want %s", seq, got.State, got.Data, want)
		}
		if (got.Batch != nil) != (seq <= 30) {
			t.Errorf("event %d was met by batch %+v", seq, got.Batch)
		}
	}
	if _, err := failures.Event(t.Context(), 999); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("an event that never was: %v, want not found", err)
	}
}

func TestAnEventTellsWhoIsAffected(t *testing.T) {
	failures := store.NewFailures(integrationDesk(t))
	parked, err := failures.Event(t.Context(), 12)
	if err != nil {
		t.Fatal(err)
	}
	if parked.HeldBehind != 1 || parked.SameCause != 4 || len(parked.Attempts) != 2 || len(parked.Exceptions) != 2 {
		t.Errorf("%d held behind, %d of the same cause, %d attempts, %d exceptions; want 1, 4, 2, 2",
			parked.HeldBehind, parked.SameCause, len(parked.Attempts), len(parked.Exceptions))
	}
	applied, err := failures.Event(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, d := range applied.Deliveries {
		got[d.Subscription] = d.Passed
	}
	if passed, known := got["forecasting"]; !known || passed || !got["replenishment"] {
		t.Errorf("delivered: %v, want replenishment alone of the two", got)
	}
}

func TestGroupsGatherOneCause(t *testing.T) {
	failures := store.NewFailures(integrationDesk(t))
	groups, err := failures.Groups(t.Context(), models.ParkedFilter{State: "waiting"}, models.Sorting{}, time.Now(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) != 1 || groups[0].Events != 8 || groups[0].WaitsFor != "item:47566" || len(groups[0].DCs) != 2 || len(groups[0].Items) != 1 {
		t.Fatalf("the waiting are %+v, want one group of 8 at two DCs", groups)
	}
	cut, err := failures.Groups(t.Context(), models.ParkedFilter{State: "waiting", DC: "ROT"}, models.Sorting{}, time.Now(), 10)
	if err != nil || len(cut) != 1 || cut[0].Events != 4 {
		t.Errorf("the waiting of ROT are %+v (%v), want one group of 4", cut, err)
	}
	_, events, err := failures.Group(t.Context(), groups[0].Fingerprint, "waiting", time.Now(), 3)
	if err != nil || len(events) != 3 || events[0].Seq != 4 {
		t.Errorf("the first three of the group are %+v (%v)", events, err)
	}
	if _, _, err := failures.Group(t.Context(), groups[0].Fingerprint, "parked", time.Now(), 3); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("a group of which nothing is parked: %v, want not found", err)
	}
}

func TestAGroupActsOnWhatWasSeen(t *testing.T) {
	failures := store.NewFailures(integrationDesk(t))
	seqs, err := failures.GroupSeqs(t.Context(), "00000000-0000-0000-0000-000000000007", "parked", 14, 100)
	if err != nil || len(seqs) != 3 {
		t.Errorf("up to 14 the group has %v (%v), want three", seqs, err)
	}
}

func TestRefusedEventsKeepTheirFaults(t *testing.T) {
	failures := store.NewFailures(integrationDesk(t))
	samples, err := failures.Rejected(t.Context(), "erp", "", models.Part{})
	if err != nil {
		t.Fatal(err)
	}
	balance := find(t, samples, "the balance", func(s models.RejectedSample) bool { return s.EventID == "bal-900" })
	if len(balance.Errors) != 2 || balance.Errors[0].Pointer != "/on_hand" {
		t.Errorf("its faults are %+v", balance.Errors)
	}
	counts, err := failures.RejectedCounts(t.Context(), lastMinutes(60).From)
	if err != nil || len(counts) != 2 || counts[0].Count != 7 {
		t.Errorf("refused: %+v (%v), want 7 first", counts, err)
	}
}
