package apply

import "throughline/models"

// arrivalsOf are the numbers that a batch brings of the series that sources
// count. What is parked, held or superseded has arrived like the rest: only what
// never reached the log leaves a hole.
func arrivalsOf(events []models.Event) []models.SequenceArrivals {
	var arrivals models.Arrivals
	for i := range events {
		arrivals.Add(events[i].Source, events[i].Extensions)
	}
	return arrivals.List()
}
