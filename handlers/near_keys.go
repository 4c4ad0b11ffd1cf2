package handlers

import (
	"context"
	"strings"

	"throughline/models"
	"throughline/views/ui"
)

// NearReader proposes known keys for the one that an event waits for.
type NearReader interface {
	NearKeys(ctx context.Context, seq int64) (reference string, near []models.NearKey, err error)
}

// nearFacts are the known keys that look like the one for which an event waits, each
// a way to its record. None is linked: which one was meant, only the source can say.
func nearFacts(ctx context.Context, read NearReader, seq int64) ([]ui.KeyValue, error) {
	reference, near, err := read.NearKeys(ctx, seq)
	if err != nil || reference == "" {
		return nil, err
	}
	if len(near) == 0 {
		return []ui.KeyValue{{Key: "Perhaps meant", Value: ui.Muted("nothing known"), Note: "no known key looks like it"}}, nil
	}
	facts := make([]ui.KeyValue, len(near))
	for i, n := range near {
		facts[i] = ui.KeyValue{Key: "Perhaps meant", Value: ui.Link(addressOf("/search", "q", n.Key), n.Key), Note: strings.TrimPrefix(n.Name+": ", ": ") + n.Why}
	}
	return facts, nil
}
