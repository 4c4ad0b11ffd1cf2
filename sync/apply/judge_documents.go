package apply

import (
	"throughline/models"
	"throughline/models/store"
)

func (j *judge) order(e *entry, f *models.OrderChanged) verdict {
	v := byVersion(j.state.Orders.At(f.Order), f.Version, e.hash)
	if v == applied {
		j.effects.orders.put(f.Order, store.Fact[models.OrderChanged]{Event: e.event, Data: f, Hash: e.hash})
	}
	return v
}

func (j *judge) confirmation(e *entry, f *models.Confirmation) verdict {
	v := byNumber(j.state.Confirmations.At(store.AnswerKey{Number: f.Order, Line: int32(f.Line), Document: f.Confirmation}), e.hash)
	if v == applied {
		j.effects.confirmations = append(j.effects.confirmations, store.Fact[models.Confirmation]{Event: e.event, Data: f, Hash: e.hash})
	}
	return v
}

func (j *judge) asn(e *entry, f *models.ASN) verdict {
	v := byNumber(j.state.ASNs.At(store.AnswerKey{Number: f.Order, Line: int32(f.Line), Document: f.ASN}), e.hash)
	if v == applied {
		j.effects.asns = append(j.effects.asns, store.Fact[models.ASN]{Event: e.event, Data: f, Hash: e.hash})
	}
	return v
}

func (j *judge) receipt(e *entry, f *models.GoodsReceipt) verdict {
	v := byNumber(j.state.Receipts.At(store.AnswerKey{Number: f.Order, Line: int32(f.Line), Document: f.Receipt}), e.hash)
	if v == applied {
		j.effects.receipts = append(j.effects.receipts, store.Fact[models.GoodsReceipt]{Event: e.event, Data: f, Hash: e.hash})
	}
	return v
}
