package erp_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
)

func TestAChangeUnderAUsedVersionIsInTheERPAndNotInWhatItTells(t *testing.T) {
	b := newBench(t)
	b.publish()
	hit := b.trigger(fault.UsedVersion)
	b.publish()
	versions := map[int64][]string{}
	for _, f := range told[models.InventoryBalance](b, models.TypeBalance) {
		if f.Item+"/"+f.DC == hit {
			versions[f.Version] = append(versions[f.Version], f.OnHand.String())
		}
	}
	var used int64
	for version, figures := range versions {
		if len(figures) == 2 && figures[0] != figures[1] {
			used = version
		}
	}
	if used == 0 {
		t.Fatalf("told of %s: %v", hit, versions)
	}
	if now := b.call(http.MethodGet, "/erp/balances/"+hit, nil); now.Version != used+1 {
		t.Errorf("the ERP is at version %d, told under %d", now.Version, used)
	}
}

func TestNothingIsSoldWhereAVersionWasUsedUntilItsDifferenceIsOld(t *testing.T) {
	const presses = 10
	b := newBenchOfDays(t, 20*time.Second)
	today, until := calendar.DataDay(b.clock.At(b.real)), calendar.DataDay(b.clock.At(b.real.Add(erp.SetAsideFor)))
	for range presses {
		hit := b.trigger(fault.UsedVersion)
		code, name, _ := strings.Cut(hit, "/")
		item := slices.IndexFunc(b.data.Items, func(i demodata.Item) bool { return i.Code == code })
		dc := slices.IndexFunc(b.data.DCs, func(d demodata.DC) bool { return d.Code == name })
		for day := today; day <= until; day++ {
			if sold := b.data.Demand(item, dc, day); sold > 0 {
				t.Errorf("%s sells %d, %d business days after the fault", hit, sold, day-today)
			}
		}
	}
}
