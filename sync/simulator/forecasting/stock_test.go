package forecasting_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
	"throughline/sync/connector/rest"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

// tells delivers events, in one delivery.
func (b *bench) tells(events ...webhook.Event) {
	b.t.Helper()
	if status := towertest.Deliver(b.t, b.url+"/webhooks", towertest.Secret, events...); status != http.StatusNoContent {
		b.t.Fatalf("delivery: %d", status)
	}
}

func (b *bench) balance(item string, version, onHand, allocated int64) webhook.Event {
	return towertest.Event(b.t, item, models.TypeBalance, models.InventoryBalance{
		Item: item, DC: "DC-BHM", OnHand: decimal.NewFromInt(onHand), Allocated: decimal.NewFromInt(allocated), Unit: "EA", Version: version, Time: b.real,
	})
}

func (b *bench) movement(item string, version, onHand, allocated int64) webhook.Event {
	return towertest.Event(b.t, item, models.TypeMovement, models.InventoryMovement{
		Item: item, DC: "DC-BHM", Kind: "sale", OnHandDelta: decimal.NewFromInt(onHand), AllocatedDelta: decimal.NewFromInt(allocated), Unit: "EA", Version: version, Time: b.real,
	})
}

// holds reads everything that is held, two rows a page.
func (b *bench) holds() (rows []connector.Balance) {
	b.t.Helper()
	client, err := rest.NewForecasting(rest.Config{BaseURL: b.url})
	if err != nil {
		b.t.Fatal(err)
	}
	for after := ""; ; {
		page, err := client.Balances(b.t.Context(), after, 2)
		if err != nil {
			b.t.Fatal(err)
		}
		rows = append(rows, page.Rows...)
		if after = page.Next; after == "" {
			return rows
		}
	}
}

// The stock that is held is the newest balance with the movements after it, whatever
// comes twice, late or before its balance.
func TestTheStockThatWasDeliveredIsHeld(t *testing.T) {
	b := newBench(t)
	b.tells(b.balance("A", 3, 100, 0), b.movement("A", 4, 0, 30), b.movement("A", 4, 0, 30), b.movement("B", 1, -5, 0), b.balance("C", 1, 7, 0))
	b.tells(b.movement("A", 5, -30, -30), b.balance("A", 2, 1, 1), b.balance("D", 1, 9, 2))
	b.tells(b.movement("A", 5, -30, -30), b.balance("C", 2, -4, 0))
	b.tells(b.balance("E", 1, 50, 0), b.movement("E", 3, -5, 0)) // the second never came
	b.tells(b.balance("E", 3, 40, 0))
	b.tells(b.balance("E", 3, 99, 0), b.movement("E", 3, -5, 0)) // what uses the version again is none
	rows := b.holds()
	if len(rows) != 4 {
		t.Fatalf("held are %+v", rows)
	}
	for i, want := range []struct {
		item                       string
		version, onHand, allocated int64
	}{{"A", 5, 70, 0}, {"C", 2, -4, 0}, {"D", 1, 9, 2}, {"E", 3, 40, 0}} {
		if r := rows[i]; r.Item != want.item || r.DC != "DC-BHM" || r.Version != want.version || r.OnHand.IntPart() != want.onHand || r.Allocated.IntPart() != want.allocated {
			t.Errorf("held is %+v, want %+v", r, want)
		}
	}
	client, err := rest.NewForecasting(rest.Config{BaseURL: b.url})
	if err != nil {
		t.Fatal(err)
	}
	if row, err := client.Balance(t.Context(), "A", "DC-BHM"); err != nil || row.OnHand.IntPart() != 70 {
		t.Errorf("one row is %+v, %v", row, err)
	}
	if _, err := client.Balance(t.Context(), "B", "DC-BHM"); err == nil {
		t.Error("an item without a balance is held")
	}
}

// A day on which nothing was available is no day without demand: what nobody asks for
// in a week loses of its forecast, unless it was sold out.
func TestADayThatWasSoldOutIsNotADayWithoutDemand(t *testing.T) {
	b := newBench(t)
	outside, inside := b.data.Items[0].Code, b.data.Items[1].Code
	b.pass(0)
	monday := calendar.Start().Truncate(24 * time.Hour)
	for _, item := range []string{outside, inside} {
		b.sells(item, monday, 5000)
	}
	b.tells(b.balance(outside, 1, 0, 0), b.balance(inside, 1, 10_000, 0))
	before := b.levels()
	for range 7 {
		b.pass(24 * time.Hour)
	}
	after := b.levels()
	if after[outside] < before[outside]+200 || after[inside] > after[outside]*0.85 {
		t.Errorf("from %v and %v the levels went to %v sold out and %v in stock", before[outside], before[inside], after[outside], after[inside])
	}
	b.tells(b.movement(outside, 2, 500, 0))
	for range 8 {
		b.pass(24 * time.Hour)
	}
	if again := b.levels()[outside]; again > after[outside]*0.9 {
		t.Errorf("back in stock and without demand the level went from %v to %v", after[outside], again)
	}
}

// sells delivers a sales order of an item in Birmingham.
func (b *bench) sells(item string, day time.Time, pieces int64) {
	b.t.Helper()
	b.tells(towertest.Event(b.t, "SO-"+item, models.TypeSalesOrder, models.SalesOrder{
		Order: "SO-" + item, Line: 1, Customer: "C-1", Item: item, DC: "DC-BHM",
		Quantity: decimal.NewFromInt(pieces), Unit: "EA", OrderedDay: day.Format(time.DateOnly), Version: 1,
	}))
}

// levels are what an average day in Birmingham is held to sell, in pieces.
func (b *bench) levels() map[string]float64 {
	b.t.Helper()
	levels := make(map[string]float64)
	rows, err := b.db.Query(b.t.Context(), `SELECT item, level FROM series WHERE dc = 'DC-BHM'`)
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var item string
		var level float64
		if err := rows.Scan(&item, &level); err != nil {
			b.t.Fatal(err)
		}
		levels[item] = level
	}
	return levels
}
