package apply

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"throughline/sync/tracing"
)

// trace tells what became of each entry, once it is committed.
func (en *Engine) trace(entries []entry, began time.Time) {
	if en.cfg.Tracer.Off() {
		return
	}
	ended := en.cfg.Now()
	for i := range entries {
		e := &entries[i]
		stage := tracing.Stage{
			Name: "apply", Began: began, Ended: ended,
			Attributes: []attribute.KeyValue{attribute.String("throughline.outcome", e.verdict.word())},
		}
		if e.verdict.code != "" {
			stage.Failed = e.verdict.code
		}
		en.cfg.Tracer.Event(e.event, stage)
	}
}
