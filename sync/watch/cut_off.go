package watch

import (
	"time"

	"throughline/models"
)

// cutOffs tells when the suppliers' cut-offs are. A supplier has no time zone, so
// its time of day is by the clock of the DC that is ordered for.
type cutOffs struct {
	targets models.Targets
	zones   map[string]*time.Location // those that were read
}

func (w Windows) cutOffs() cutOffs {
	return cutOffs{w.Targets, map[string]*time.Location{}}
}

// next is the next business instant of a time of day at a DC, on a day on which
// the calendar of its orders works; a day ahead when it cannot be read.
func (c cutOffs) next(timeOfDay, dc, zone string, business time.Time) *time.Time {
	governing, _ := c.targets.For("purchase_order", dc)
	at, told := models.NextCutOff(timeOfDay, c.zone(zone), governing.Calendar, business)
	if !told {
		at = business.Add(24 * time.Hour)
	}
	return &at
}

// zone is a time zone by its name, UTC when the DC states none that is known.
func (c cutOffs) zone(name string) *time.Location {
	if zone, known := c.zones[name]; known {
		return zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	c.zones[name] = zone
	return zone
}
