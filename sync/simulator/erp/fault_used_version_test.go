package erp_test

import (
	"net/http"
	"testing"

	"throughline/models"
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
