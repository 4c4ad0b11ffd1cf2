package app

import (
	"context"

	"throughline/models"
)

// rereads reads balances again from the ERP; without one there is nothing to read.
type rereads struct{ p *Program }

// Preview asks what a re-read would bring, and changes nothing.
func (r rereads) Preview(ctx context.Context, source, item, dc string) (models.RereadPreview, error) {
	if r.p.reconciler == nil {
		return models.RereadPreview{Item: item, DC: dc, Owner: r.p.erpSource()}, errNoERP()
	}
	return r.p.reconciler.Preview(ctx, source, item, dc)
}

// Reread reads one balance again, or has it delivered again to a source that holds
// a copy, and says what came of it.
func (r rereads) Reread(ctx context.Context, source, item, dc string, wait bool) (models.Reread, error) {
	if r.p.reconciler == nil {
		return models.Reread{}, errNoERP()
	}
	if isCopy, err := r.p.reconciler.Resync(ctx, source, item, dc); isCopy || err != nil {
		return models.Reread{Item: item, DC: dc, Copy: source, Outcome: models.ReplayResult{State: "delivered"}}, err
	}
	return r.p.reconciler.Reread(ctx, item, dc, wait)
}
