package app

import (
	"context"
	"fmt"

	"throughline/models"
	"throughline/sync/connector"
)

// rereads reads balances again from the ERP; without one there is nothing to read.
type rereads struct{ p *Program }

const noAnswer = "The ERP cannot be asked now: try again in a minute."

// Preview asks what a re-read would bring, and changes nothing.
func (r rereads) Preview(ctx context.Context, source, item, dc string) (models.RereadPreview, error) {
	if r.p.reconciler == nil {
		return models.RereadPreview{Item: item, DC: dc, Owner: r.p.erpSource()}, errNoERP()
	}
	preview, err := r.p.reconciler.Preview(ctx, source, item, dc)
	if err != nil {
		err = connector.Told(err, noAnswer)
	}
	return preview, err
}

// Reread reads one balance again, or has it delivered again to a source that holds
// a copy, and says what came of it.
func (r rereads) Reread(ctx context.Context, source, item, dc string) (string, error) {
	if r.p.reconciler == nil {
		return "", errNoERP()
	}
	isCopy, err := r.p.reconciler.Resync(ctx, source, item, dc)
	if isCopy && err == nil {
		return fmt.Sprintf("The ERP's balance of %s in %s was delivered again to %s.", item, dc, source), nil
	}
	var read models.Reread
	if !isCopy {
		read, err = r.p.reconciler.Reread(ctx, item, dc)
	}
	if err != nil {
		return "", connector.Told(err, noAnswer)
	}
	return read.Sentence(), nil
}
