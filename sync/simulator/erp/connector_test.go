package erp_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
	"throughline/sync/connector/rest"
	"throughline/sync/simulator/fault"
)

// The tower's own connector must get along with this ERP.
func TestTheTowersConnectorUnderstandsTheERP(t *testing.T) {
	b := newBench(t)
	tower, err := rest.NewERP(rest.Config{BaseURL: b.url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	item := b.data.Items[0]
	wanted := models.OrderRequest{
		Kind: "purchase", Reference: "TL-1", Supplier: item.Supplier, DC: "DC-LON", Currency: "GBP",
		Lines: []models.OrderRequestLine{{
			Line: 1, Item: item.Code, Quantity: decimal.NewFromInt(48), Unit: "EA", UnitPrice: item.Cost, NeedBy: "2026-06-20",
		}},
	}
	made, err := tower.CreateOrder(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	again, err := tower.CreateOrder(t.Context(), wanted)
	if err != nil || again.Number != made.Number {
		t.Errorf("the same reference again: %+v, %v", again, err)
	}
	found, err := tower.FindOrders(t.Context(), "TL-1")
	if err != nil || len(found) != 1 || found[0].Number != made.Number || found[0].State != "open" || found[0].Kind != "purchase" {
		t.Errorf("found %+v, %v", found, err)
	}
	if none, err := tower.FindOrders(t.Context(), "TL-0"); err != nil || len(none) != 0 {
		t.Errorf("an unknown reference: %+v, %v", none, err)
	}
	wanted.Reference, wanted.Lines[0].Item = "TL-2", "99999"
	if _, err := tower.CreateOrder(t.Context(), wanted); connector.ClassOf(err) != connector.ClassPermanent {
		t.Errorf("an unknown item: %v", err)
	}
	b.trigger(fault.LostAnswer)
	wanted.Lines[0].Item = item.Code
	if _, err := tower.CreateOrder(t.Context(), wanted); connector.ClassOf(err) != connector.ClassUnknown {
		t.Errorf("a lost answer: %v", err)
	}
	short := b.trigger(fault.ShortConfirmation)
	b.pass(0)
	if err := tower.ChaseConfirmation(t.Context(), short, 1); err != nil {
		t.Error(err)
	}
	if err := tower.AcceptConfirmation(t.Context(), short, 1); err != nil {
		t.Error(err)
	}
}

func TestTheTowersConnectorReadsTheWholeSnapshot(t *testing.T) {
	b := newBench(t)
	tower, err := rest.NewERP(rest.Config{BaseURL: b.url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for after, more := "", true; more; more = after != "" {
		page, err := tower.Balances(t.Context(), after, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Rows {
			seen[row.Item+"|"+row.DC] = true
			if row.Version != 1 || row.Unit != "EA" {
				t.Errorf("balance %+v", row)
			}
		}
		after = page.Next
	}
	if len(seen) != 6*items {
		t.Errorf("%d balances", len(seen))
	}
	if _, err := tower.Balance(t.Context(), b.data.Items[0].Code, "DC-LON"); err != nil {
		t.Error(err)
	}
	_, err = tower.Balance(t.Context(), "99999", "DC-LON")
	var failed *connector.Error
	if !errors.As(err, &failed) || failed.Code != connector.CodeNotFound {
		t.Errorf("an unknown item: %v", err)
	}
}

// A change that no event tells of stands in the ERP's own ledger.
func TestTheLedgerTellsWhatNoEventDid(t *testing.T) {
	b := newBench(t)
	tower, err := rest.NewERP(rest.Config{BaseURL: b.url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	subject, _, _ := strings.Cut(b.trigger(fault.LostBalance), " ")
	item, dc, _ := strings.Cut(subject, "/")
	lines, err := tower.Movements(t.Context(), item, dc, 0, 100)
	if err != nil || len(lines) < 2 {
		t.Fatalf("the ledger of %s: %+v, %v", subject, lines, err)
	}
	now, err := tower.Balance(t.Context(), item, dc)
	last, before := lines[len(lines)-1], lines[len(lines)-2]
	if err != nil || last.Version != now.Version || !last.OnHand.Equal(now.OnHand) || !last.OnHand.Equal(before.OnHand.Add(last.OnHandDelta)) {
		t.Errorf("after %+v comes %+v, and the ERP has %+v, %v", before, last, now, err)
	}
	if later, err := tower.Movements(t.Context(), item, dc, before.Version, 100); err != nil || len(later) != 1 {
		t.Errorf("after version %d: %+v, %v", before.Version, later, err)
	}
}

// The orders since a time are listed as their events tell of them.
func TestTheTowersConnectorListsTheOrdersSinceATime(t *testing.T) {
	b := newBench(t)
	tower, err := rest.NewERP(rest.Config{BaseURL: b.url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	item := b.data.Items[0]
	made, err := tower.CreateOrder(t.Context(), models.OrderRequest{
		Kind: "purchase", Reference: "TL-1", Supplier: item.Supplier, DC: "DC-LON", Currency: "GBP",
		Lines: []models.OrderRequestLine{{Line: 1, Item: item.Code, Quantity: decimal.NewFromInt(48), Unit: "EA", UnitPrice: item.Cost, NeedBy: "2026-06-20"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := tower.ChangedOrders(t.Context(), made.OrderedAt, "", 100)
	if err != nil || page.Next != "" {
		t.Fatalf("listed are %+v, %v", page, err)
	}
	i := slices.IndexFunc(page.Rows, func(o connector.ChangedOrder) bool { return o.Order == made.Number })
	if i < 0 {
		t.Fatalf("%s is not among %+v", made.Number, page.Rows)
	}
	listed := page.Rows[i]
	if listed.Reference != "TL-1" || listed.Version != 1 || len(listed.Lines) != 1 || !listed.Lines[0].Quantity.Equal(decimal.NewFromInt(48)) || !listed.ChangedAt.Equal(made.OrderedAt) {
		t.Errorf("listed is %+v", listed)
	}
	if page, err := tower.ChangedOrders(t.Context(), made.OrderedAt.Add(time.Microsecond), "", 100); err != nil || len(page.Rows) != 0 {
		t.Errorf("afterwards listed are %+v, %v", page, err)
	}
}
