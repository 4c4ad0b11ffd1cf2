package outbox_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

// counted notes the numbers of each request; status is what the tower answers, 0 as usual.
func counted(t *testing.T, tower *towertest.Tower, status *int) (numbers func() []int) {
	t.Helper()
	var all []int
	tower.Answer(func(events []webhook.Event) (int, http.Header) {
		for _, e := range events {
			n, err := strconv.Atoi(e.Sequence)
			if err != nil {
				t.Errorf("sequence %q", e.Sequence)
			}
			all = append(all, n)
		}
		return *status, nil
	})
	return func() []int {
		taken := all
		all = nil
		return taken
	}
}

func TestNumbersHaveNoHoleThoughADCIsHeld(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	held := true
	s := sender(t, db, tower, func() outbox.Hold {
		if held {
			return outbox.Hold{DCs: []string{"DC-MAN"}}
		}
		return outbox.Hold{}
	})
	numbers := counted(t, tower, new(int))
	fill(t, db, "DC-LON", 2)
	fill(t, db, "DC-MAN", 2)
	fill(t, db, "DC-LON", 1)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if got := numbers(); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("while a DC is held: %v", got)
	}
	held = false
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if got := numbers(); !slices.Equal(got, []int{4, 5}) {
		t.Errorf("what was held: %v", got)
	}
}

func TestARequestThatFailsKeepsItsNumbers(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	status := http.StatusServiceUnavailable
	numbers := counted(t, tower, &status)
	fill(t, db, "DC-LON", 3)
	if err := drain(t, sender(t, db, tower, nil)); err == nil {
		t.Fatal("a tower that takes nothing took it")
	}
	status = 0
	fill(t, db, "DC-LON", 1)
	if err := drain(t, sender(t, db, tower, nil)); err != nil { // the sender of another process
		t.Fatal(err)
	}
	if got := numbers(); !slices.Equal(got, []int{1, 2, 3, 1, 2, 3, 4}) {
		t.Errorf("numbers %v", got)
	}
}

func TestLostEventsLeaveAHoleUntilTheyAreFound(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	numbers := counted(t, tower, new(int))
	s := sender(t, db, tower, nil)
	if _, _, err := s.Lose(t.Context(), 3); err == nil {
		t.Error("lost something before anything was sent")
	}
	fill(t, db, "DC-LON", 5)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	first, last, err := s.Lose(t.Context(), 3)
	if err != nil || first != 6 || last != 8 {
		t.Fatalf("lost %d to %d: %v", first, last, err)
	}
	fill(t, db, "DC-LON", 1)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if got := numbers(); !slices.Equal(got, []int{1, 2, 3, 4, 5, 9}) {
		t.Errorf("numbers %v", got)
	}
	if found, err := s.Find(t.Context()); err != nil || found != 3 {
		t.Errorf("found %d", found)
	}
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if got := numbers(); !slices.Equal(got, []int{6, 7, 8}) {
		t.Errorf("what was found: %v", got)
	}
}

func TestWhatIsAskedForByItsTimeNumbersNothingElse(t *testing.T) {
	db, tower := database(t), towertest.New(t)
	numbers := counted(t, tower, new(int))
	now := noon
	s := counting(t, db, tower, &now)
	say(t, db, models.TypeSalesOrder, noon, false)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		now = now.Add(window)
		if _, _, err := s.LeaveOut(t.Context(), models.TypeSalesOrder, 1); err != nil {
			t.Fatal(err)
		}
	}
	first := noon.Add(window)
	if coming, err := s.ReplayTime(t.Context(), models.TypeSalesOrder, "", first, first.Add(window)); err != nil || coming != 1 {
		t.Fatalf("%d are coming: %v", coming, err)
	}
	say(t, db, models.TypeReceipt, now, false)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if got := numbers(); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("numbers %v, want none that did not leave", got)
	}
}
