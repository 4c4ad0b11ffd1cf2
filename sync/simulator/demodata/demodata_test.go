package demodata_test

import (
	"strings"
	"testing"

	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/demodata/clean"
)

func load(t *testing.T) *demodata.Data {
	t.Helper()
	data, err := demodata.Load()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestItemsAreCleanArticles(t *testing.T) {
	data := load(t)
	if len(data.Items) != 600 {
		t.Errorf("%d items", len(data.Items))
	}
	suppliers := make(map[string]bool)
	for _, s := range data.Suppliers {
		suppliers[s.Code] = true
	}
	seen := make(map[string]bool)
	classes := make(map[string]int)
	for _, item := range data.Items {
		classes[item.Class]++
		switch upper := strings.ToUpper(item.Code); {
		case seen[upper]:
			t.Errorf("%s twice, letter case aside", item.Code)
		case !clean.IsProduct(item.Code):
			t.Errorf("%s is no article", item.Code)
		case strings.TrimSpace(item.Description) == "":
			t.Errorf("%s has no description", item.Code)
		case !item.Price.IsPositive() || !item.Cost.IsPositive() || item.Cost.GreaterThan(item.Price):
			t.Errorf("%s costs %s and sells at %s", item.Code, item.Cost, item.Price)
		case item.Pack < 1 || item.MOQ < item.Pack || item.MOQ%item.Pack != 0:
			t.Errorf("%s has pack %d and minimum order %d", item.Code, item.Pack, item.MOQ)
		case !suppliers[item.Supplier]:
			t.Errorf("%s is delivered by unknown %s", item.Code, item.Supplier)
		}
		seen[strings.ToUpper(item.Code)] = true
	}
	if classes["A"] != 150 || classes["B"] != 250 || classes["C"] != 200 {
		t.Errorf("classes %v", classes)
	}
}

func TestDemandIsRealAndWithoutExtremes(t *testing.T) {
	data := load(t)
	pieces, saturday := 0, 0
	for item := range data.Items {
		sold := 0
		for dc := range data.DCs {
			for day := range demodata.DataDays {
				n := data.Demand(item, dc, day)
				if n < 0 || n > 10_000 {
					t.Fatalf("%s in %s on day %d: %d pieces", data.Items[item].Code, data.DCs[dc].Code, day, n)
				}
				sold += n
				if day%7 == 3 { // day 0 is a Wednesday
					saturday += n
				}
			}
		}
		if sold == 0 {
			t.Errorf("%s never sold", data.Items[item].Code)
		}
		pieces += sold
	}
	if pieces != 1_917_933 {
		t.Errorf("%d pieces, ORIGIN.md says 1917933", pieces)
	}
	if saturday != 0 {
		t.Errorf("%d pieces on Saturdays, when the shop was closed", saturday)
	}
}

func TestDemandContinues53WeeksEarlier(t *testing.T) {
	data := load(t)
	for item := range data.Items {
		for _, day := range []int{demodata.DataDays, demodata.DataDays + 8, 3000} {
			if got, want := data.Demand(item, 0, day), data.Demand(item, 0, day-371); got != want {
				t.Fatalf("item %d day %d: %d, 53 weeks before %d", item, day, got, want)
			}
		}
		if data.Demand(item, 0, -1) != 0 {
			t.Fatal("demand before the first day")
		}
	}
}

func TestDrawFollowsTheDistribution(t *testing.T) {
	for _, supplier := range load(t).Suppliers {
		total := 0
		for _, d := range supplier.Deliveries {
			total += d.Weight
		}
		drawn := make(map[demodata.Delivery]int)
		for seed := range total {
			drawn[supplier.Draw(uint64(seed))]++
		}
		within := 0
		for _, d := range supplier.Deliveries {
			if drawn[d] != d.Weight {
				t.Errorf("%s: outcome %+v drawn %d times", supplier.Code, d, drawn[d])
			}
			if d.Promise() < 1 || d.Lead < 2 || d.Lead > 15 {
				t.Errorf("%s: outcome %+v", supplier.Code, d)
			}
			if d.Lead <= supplier.LeadTime() {
				within += d.Weight
			}
		}
		if within*5 < total*4 {
			t.Errorf("%s: %d of %d within %d days", supplier.Code, within, total, supplier.LeadTime())
		}
	}
}

func TestADescriptionNamesTheProductGroup(t *testing.T) {
	for description, want := range map[string]string{
		"JUMBO BAG RED RETROSPOT":            "Bags and purses",
		"WHITE HANGING HEART T-LIGHT HOLDER": "Candles and lights",
		"PINK DIAMANTE PEN IN GIFT BOX":      "Paper and stationery",
		"SET OF 4 ENGLISH ROSE COASTERS":     "Tableware",
		"HEART OF WICKER LARGE":              "Decorations",
		"Ceramic heart mug":                  "Tableware",
		"PACK OF 60 PINK PAISLEY CAKE CASES": "Kitchen and baking",
		"EIGHT PIECE SNAKE SET":              "",
		"":                                   "",
	} {
		if got := demodata.Category(description); got != want {
			t.Errorf("%q is of %q and not of %q", description, got, want)
		}
	}
	none := 0
	for _, item := range load(t).Items {
		if demodata.Category(item.Description) == "" {
			none++
		}
	}
	if none > 30 {
		t.Errorf("%d of 600 descriptions name no group", none)
	}
}
