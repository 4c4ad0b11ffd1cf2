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
	before := len(told[models.InventoryBalance](b, models.TypeBalance))
	hit := b.trigger(fault.UsedVersion)
	b.publish()
	said := told[models.InventoryBalance](b, models.TypeBalance)[before:]
	if len(said) != 2 || said[0].Version != said[1].Version || said[0].OnHand.Equal(said[1].OnHand) {
		t.Fatalf("told of %s: %+v", hit, said)
	}
	if now := b.call(http.MethodGet, "/erp/balances/"+hit, nil); now.Version != said[1].Version+1 {
		t.Errorf("the ERP is at version %d, told under %d", now.Version, said[1].Version)
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
