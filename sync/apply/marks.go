package apply

import (
	"cmp"
	"slices"

	"throughline/models"
	"throughline/models/store"
)

// marksOf counts, by source, entity and DC, how long the events of a batch that
// took effect were under way: accept is from the source's own time to the log,
// queue from there to the batch, total to its end. What was read again from the
// source was under way for as long as nobody looked, and is not counted. What was
// polled while the source was silent leaves it silent.
func marksOf(c *store.BatchTimes, entries []entry) ([]byte, error) {
	marks := map[models.MarkKey]*models.Mark{}
	for i := range entries {
		e := &entries[i]
		if e.verdict != applied || e.event.Polled() {
			continue
		}
		key := models.MarkKey{Source: e.event.Source, Entity: e.event.Type.Entity(), DC: e.event.DC}
		m := marks[key]
		if m == nil {
			m = &models.Mark{MarkKey: key}
			marks[key] = m
		}
		if e.event.OccurredAt.After(m.Newest) {
			m.Newest = e.event.OccurredAt
		}
		if e.event.Reread() {
			continue
		}
		m.Accept.Add(e.event.ReceivedAt.Sub(e.event.OccurredAt))
		m.Queue.Add(c.StartedAt.Sub(e.event.ReceivedAt))
		m.Total.Add(c.AppliedAt.Sub(e.event.OccurredAt))
	}
	list := make([]models.Mark, 0, len(marks))
	for _, m := range marks {
		list = append(list, *m)
	}
	slices.SortFunc(list, func(x, y models.Mark) int {
		return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.Entity, y.Entity), cmp.Compare(x.DC, y.DC))
	})
	return models.EncodeMarks(list)
}
