package connectortest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
)

// Subject is a connector under test and the world behind it.
type Subject struct {
	ERP   connector.ERP
	Break func(fault Fault, times int)    // as Stub.Break
	Made  func(reference string) []string // numbers of the orders under a reference
	Stock func(rows ...connector.Balance) // what the ERP has on hand
	Said  func() []string                 // as Stub.Answers
	Lines func(lines ...StubLine)         // as Stub.Ledger
	Count func(string, ...int64)          // as Stub.Counts
	Keep  func(...StubEvent)              // as Stub.Keeps
	List  func(...connector.ChangedOrder) // as Stub.Lists
	Sent  func(string, time.Time)         // as Stub.Transmitted
	Times func(string) []time.Time        // as Stub.Transmissions
	Pause func(why error)                 // pauses the calls; nil resumes them
}

// RunERP holds a connector to the contract. fresh makes a Subject without
// orders, whose ERP has no uniqueness check of its own if it can be switched off.
func RunERP(t *testing.T, fresh func(t *testing.T) Subject) {
	t.Run("an order is made and found", func(t *testing.T) { makesAndFinds(t, fresh(t)) })
	t.Run("a lost answer is unknown and sent once", func(t *testing.T) { lostIsUnknown(t, fresh(t), FaultLost) })
	t.Run("a broken answer is unknown and sent once", func(t *testing.T) { lostIsUnknown(t, fresh(t), FaultBroken) })
	t.Run("a refusal is permanent", func(t *testing.T) { refusalIsPermanent(t, fresh(t)) })
	t.Run("reading while down is transient", func(t *testing.T) { downIsTransient(t, fresh(t)) })
	t.Run("the snapshot is whole", func(t *testing.T) { snapshotIsWhole(t, fresh(t)) })
	t.Run("what changed is read", func(t *testing.T) { changedIsRead(t, fresh(t)) })
	t.Run("the ledger is read from a version on", func(t *testing.T) { ledgerIsRead(t, fresh(t)) })
	t.Run("what was counted comes again", func(t *testing.T) { countedComesAgain(t, fresh(t)) })
	t.Run("what was sent in a time comes again", func(t *testing.T) { timeComesAgain(t, fresh(t)) })
	t.Run("orders are listed by their time", func(t *testing.T) { ordersAreListed(t, fresh(t)) })
	t.Run("an order is transmitted again once", func(t *testing.T) { transmittedOnce(t, fresh(t)) })
	t.Run("a supplier is answered", func(t *testing.T) { supplierIsAnswered(t, fresh(t)) })
	t.Run("nothing is asked while it is paused", func(t *testing.T) { pausedIsNotAsked(t, fresh(t)) })
}

// Request is an order of one line under a reference.
func Request(reference string) models.OrderRequest {
	return models.OrderRequest{
		Kind: "purchase", Reference: reference, Supplier: "S-1", DC: "LEE", Currency: "GBP",
		Lines: []models.OrderRequestLine{{
			Line: 1, Item: "85123A", Quantity: decimal.NewFromInt(48), Unit: "EA",
			UnitPrice: decimal.RequireFromString("2.55"), NeedBy: "2026-03-09",
		}},
	}
}

func makesAndFinds(t *testing.T, s Subject) {
	none, err := s.ERP.FindOrders(t.Context(), "TL-1")
	if err != nil || len(none) != 0 {
		t.Fatalf("before: %v, %v; want no order", none, err)
	}
	made, err := s.ERP.CreateOrder(t.Context(), Request("TL-1"))
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.ERP.FindOrders(t.Context(), "TL-1")
	if err != nil || len(found) != 1 || found[0].Number != made.Number || found[0].Reference != "TL-1" {
		t.Fatalf("found %+v, %v; want order %s", found, err, made.Number)
	}
}

func lostIsUnknown(t *testing.T, s Subject, fault Fault) {
	s.Break(fault, 1)
	_, err := s.ERP.CreateOrder(t.Context(), Request("TL-2"))
	if got := connector.ClassOf(err); err == nil || got != connector.ClassUnknown {
		t.Errorf("got %v (%s), want an unknown outcome", err, got)
	}
	if made := s.Made("TL-2"); len(made) != 1 {
		t.Errorf("the ERP has %v, want the one order whose answer was lost", made)
	}
	found, err := s.ERP.FindOrders(t.Context(), "TL-2")
	if err != nil || len(found) != 1 {
		t.Errorf("found %v, %v; want the order", found, err)
	}
}

func refusalIsPermanent(t *testing.T, s Subject) {
	s.Break(FaultRefuse, 1)
	_, err := s.ERP.CreateOrder(t.Context(), Request("TL-3"))
	var failed *connector.Error
	if !errors.As(err, &failed) || failed.Class != connector.ClassPermanent || failed.Message == "" {
		t.Errorf("got %v, want a permanent refusal in words", err)
	}
}

func downIsTransient(t *testing.T, s Subject) {
	s.Break(FaultDown, 0)
	_, err := s.ERP.FindOrders(t.Context(), "TL-4")
	if got := connector.ClassOf(err); err == nil || got != connector.ClassTransient {
		t.Errorf("got %v (%s), want a transient failure", err, got)
	}
	s.Break(FaultNone, 0)
	if _, err := s.ERP.FindOrders(t.Context(), "TL-4"); err != nil {
		t.Errorf("after the ERP came back: %v", err)
	}
}

func snapshotIsWhole(t *testing.T, s Subject) {
	rows := []connector.Balance{
		{Item: "A", DC: "LEE", OnHand: decimal.NewFromInt(5), Unit: "EA", Version: 3},
		{Item: "A", DC: "YRK", OnHand: decimal.NewFromInt(7), Unit: "EA", Version: 4},
		{Item: "B", DC: "LEE", OnHand: decimal.NewFromInt(9), Unit: "EA", Version: 5},
	}
	s.Stock(rows...)
	var got []string
	for after := ""; ; {
		page, err := s.ERP.Balances(t.Context(), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Rows {
			got = append(got, row.Item+"@"+row.DC)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if want := []string{"A@LEE", "A@YRK", "B@LEE"}; !slices.Equal(got, want) {
		t.Errorf("the snapshot is %v, want %v", got, want)
	}
	one, err := s.ERP.Balance(t.Context(), "A", "YRK")
	if err != nil || !one.OnHand.Equal(decimal.NewFromInt(7)) || one.Version != 4 {
		t.Errorf("one key is %+v, %v", one, err)
	}
	_, err = s.ERP.Balance(t.Context(), "C", "YRK")
	var failed *connector.Error
	if !errors.As(err, &failed) || failed.Code != connector.CodeNotFound || failed.Class != connector.ClassPermanent {
		t.Errorf("an unknown key gives %v, want not_found", err)
	}
}

func changedIsRead(t *testing.T, s Subject) {
	at := time.Date(2026, 3, 9, 8, 0, 0, 1000, time.UTC)
	s.Stock(
		connector.Balance{Item: "A", DC: "LEE", Unit: "EA", Version: 3, AsOf: at.Add(-time.Microsecond)},
		connector.Balance{Item: "A", DC: "YRK", Unit: "EA", Version: 4, AsOf: at.Add(time.Hour)},
		connector.Balance{Item: "B", DC: "LEE", Unit: "EA", Version: 5, AsOf: at},
		connector.Balance{Item: "C", DC: "LEE", Unit: "EA", Version: 6, AsOf: at.Add(time.Minute)},
	)
	for dc, want := range map[string][]string{"LEE": {"B@LEE", "C@LEE"}, "": {"A@YRK", "B@LEE", "C@LEE"}} {
		var got []string
		for after, more := "", true; more; more = after != "" {
			page, err := s.ERP.ChangedBalances(t.Context(), dc, at, after, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range page.Rows {
				got = append(got, row.Item+"@"+row.DC)
			}
			after = page.Next
		}
		if !slices.Equal(got, want) {
			t.Errorf("at %q changed %v, want %v", dc, got, want)
		}
	}
}

func ordersAreListed(t *testing.T, s Subject) {
	at := time.Date(2026, 3, 9, 8, 0, 0, 1000, time.UTC)
	_, err := s.ERP.ChangedOrders(t.Context(), at, "", 1)
	if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != connector.CodeNotFound || failed.Class != connector.ClassPermanent {
		t.Errorf("where none are listed: %v, want %s", err, connector.CodeNotFound)
	}
	order := func(number string, version int64, changed time.Time) connector.ChangedOrder {
		return connector.ChangedOrder{OrderChanged: models.OrderChanged{Order: number, Version: version}, ChangedAt: changed}
	}
	s.List(order("PO-1", 1, at.Add(-time.Microsecond)), order("PO-2", 3, at), order("PO-3", 1, at.Add(time.Hour)))
	var got []string
	for after, more := "", true; more; more = after != "" {
		page, err := s.ERP.ChangedOrders(t.Context(), at, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Rows {
			got = append(got, fmt.Sprintf("%s v%d", row.Order, row.Version))
		}
		after = page.Next
	}
	if want := []string{"PO-2 v3", "PO-3 v1"}; !slices.Equal(got, want) {
		t.Errorf("listed are %v, want %v", got, want)
	}
}

func transmittedOnce(t *testing.T, s Subject) {
	at := time.Date(2026, 3, 9, 8, 0, 0, 1000, time.UTC)
	_, err := s.ERP.TransmitAgain(t.Context(), "PO-1", at)
	if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != connector.CodeNotFound || failed.Class != connector.ClassPermanent {
		t.Errorf("where nothing is transmitted again: %v, want %s", err, connector.CodeNotFound)
	}
	s.Sent("PO-1", at)
	s.Break(FaultRefuse, 1)
	if _, err := s.ERP.TransmitAgain(t.Context(), "PO-1", at); connector.ClassOf(err) != connector.ClassPermanent {
		t.Errorf("what it refuses: %v, want a permanent failure", err)
	}
	s.Break(FaultLost, 1)
	if _, err := s.ERP.TransmitAgain(t.Context(), "PO-1", at); connector.ClassOf(err) != connector.ClassTransient {
		t.Errorf("a lost answer: %v, want a transient failure", err)
	}
	again, err := s.ERP.TransmitAgain(t.Context(), "PO-1", at)
	if times := s.Times("PO-1"); err != nil || len(times) != 2 || !again.Equal(times[1]) {
		t.Errorf("asked about the same instant again: %s, %v; it was transmitted at %v, want it once more and no more often", again, err, times)
	}
}

func supplierIsAnswered(t *testing.T, s Subject) {
	if err := s.ERP.AcceptConfirmation(t.Context(), "PO-1", 2); err != nil {
		t.Fatal(err)
	}
	if err := s.ERP.ChaseConfirmation(t.Context(), "PO-1", 3); err != nil {
		t.Fatal(err)
	}
	if got, want := s.Said(), []string{"accept PO-1/2", "chase PO-1/3"}; !slices.Equal(got, want) {
		t.Errorf("the ERP heard %v, want %v", got, want)
	}
}

func ledgerIsRead(t *testing.T, s Subject) {
	line := func(version, delta, onHand int64) StubLine {
		return StubLine{"A", "LEE", models.StockLine{
			Version: version, Kind: "receipt", Document: "PO-1", OnHandDelta: decimal.NewFromInt(delta), OnHand: decimal.NewFromInt(onHand),
			At: time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC),
		}}
	}
	s.Lines(line(3, 5, 5), line(4, 2, 7), line(5, -1, 6))
	got, err := s.ERP.Movements(t.Context(), "A", "LEE", 3, 1)
	if err != nil || len(got) != 1 || got[0].Version != 4 || !got[0].OnHandDelta.Equal(decimal.NewFromInt(2)) || got[0].Document != "PO-1" || got[0].At.IsZero() {
		t.Errorf("after version 3: %+v, %v; want the line of version 4", got, err)
	}
	_, err = s.ERP.Movements(t.Context(), "B", "LEE", 0, 1)
	if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != connector.CodeNotFound {
		t.Errorf("a key without a ledger: %v, want %s", err, connector.CodeNotFound)
	}
}

func countedComesAgain(t *testing.T, s Subject) {
	_, err := s.ERP.Replay(t.Context(), "a", 1, 9)
	if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != connector.CodeNotFound || failed.Class != connector.ClassPermanent {
		t.Errorf("where nothing is sent again: %v, want %s", err, connector.CodeNotFound)
	}
	s.Count("a", 3, 4, 7)
	for _, asked := range []struct {
		series      string
		first, last int64
		coming      int64
	}{{"a", 3, 5, 2}, {"a", 7, 7, 1}, {"a", 8, 9, 0}, {"b", 3, 5, 0}} {
		if coming, err := s.ERP.Replay(t.Context(), asked.series, asked.first, asked.last); err != nil || coming != asked.coming {
			t.Errorf("of %d to %d in the series %s come %d, %v; want %d", asked.first, asked.last, asked.series, coming, err, asked.coming)
		}
	}
	s.Break(FaultDown, 1)
	if _, err := s.ERP.Replay(t.Context(), "a", 3, 5); connector.ClassOf(err) != connector.ClassTransient {
		t.Errorf("while it is down: %v, want a transient failure", err)
	}
}

func timeComesAgain(t *testing.T, s Subject) {
	since := time.Date(2026, 3, 9, 8, 0, 0, 1000, time.UTC)
	until := since.Add(time.Hour)
	_, err := s.ERP.ReplayTime(t.Context(), models.TypeBalance, "", since, until)
	if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != connector.CodeNotFound || failed.Class != connector.ClassPermanent {
		t.Errorf("where nothing is sent again: %v, want %s", err, connector.CodeNotFound)
	}
	s.Keep(StubEvent{models.TypeBalance, "LEE", since.Add(-time.Microsecond)}, StubEvent{models.TypeBalance, "LEE", since}, StubEvent{models.TypeBalance, "YRK", until.Add(-time.Microsecond)},
		StubEvent{models.TypeBalance, "YRK", until}, StubEvent{models.TypeReceipt, "LEE", since})
	for dc, want := range map[string]int64{"": 2, "LEE": 1, "MAN": 0} {
		if coming, err := s.ERP.ReplayTime(t.Context(), models.TypeBalance, dc, since, until); err != nil || coming != want {
			t.Errorf("of the DC %q come %d, %v; want %d", dc, coming, err, want)
		}
	}
	s.Break(FaultDown, 1)
	if _, err := s.ERP.ReplayTime(t.Context(), models.TypeBalance, "", since, until); connector.ClassOf(err) != connector.ClassTransient {
		t.Errorf("while it is down: %v, want a transient failure", err)
	}
}

func pausedIsNotAsked(t *testing.T, s Subject) {
	why := models.Errorf(models.CodePrecondition, "It is paused.")
	s.Pause(why)
	ctx := t.Context()
	for call, do := range Calls(ctx, s.ERP) {
		failed, ok := errors.AsType[*connector.Error](do())
		if !ok || failed.Class != connector.ClassTransient || failed.Code != connector.CodePaused || !errors.Is(failed, why) {
			t.Errorf("%s of a paused system gives %+v, want why it is paused", call, failed)
		}
	}
	if made, said := s.Made("TL-5"), s.Said(); len(made)+len(said) != 0 {
		t.Errorf("paused, it made %v and heard %v", made, said)
	}
	s.Pause(nil)
	if _, err := s.ERP.CreateOrder(ctx, Request("TL-5")); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

// Calls are the calls of the interface, each by its name.
func Calls(ctx context.Context, erp connector.ERP) map[string]func() error {
	return map[string]func() error{
		"CreateOrder":     func() error { _, err := erp.CreateOrder(ctx, Request("TL-5")); return err },
		"FindOrders":      func() error { _, err := erp.FindOrders(ctx, "TL-5"); return err },
		"Balances":        func() error { _, err := erp.Balances(ctx, "", 2); return err },
		"Balance":         func() error { _, err := erp.Balance(ctx, "A", "LEE"); return err },
		"ChangedBalances": func() error { _, err := erp.ChangedBalances(ctx, "", time.Time{}, "", 2); return err },
		"Movements":       func() error { _, err := erp.Movements(ctx, "A", "LEE", 0, 1); return err },
		"ChangedOrders":   func() error { _, err := erp.ChangedOrders(ctx, time.Time{}, "", 2); return err },
		"Replay":          func() error { _, err := erp.Replay(ctx, "a", 1, 2); return err },
		"ReplayTime": func() error {
			_, err := erp.ReplayTime(ctx, models.TypeBalance, "", time.Time{}, time.Now())
			return err
		},
		"TransmitAgain":      func() error { _, err := erp.TransmitAgain(ctx, "PO-1", time.Time{}); return err },
		"AcceptConfirmation": func() error { return erp.AcceptConfirmation(ctx, "PO-1", 1) },
		"ChaseConfirmation":  func() error { return erp.ChaseConfirmation(ctx, "PO-1", 1) },
	}
}
