package apply

import (
	"fmt"
	"strings"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
)

// Codes of the catalogue of exceptions.
const (
	codeContract  = "TRF-01"
	codeReference = "TRF-03"
	codeMapping   = "TRF-06"
	codeHeld      = "TRF-07"
	codeConflict  = "API-07"
	codeNotOwner  = "OWN-01"
)

// entry is an event on its way through a batch.
type entry struct {
	event      *models.Event
	fact       contract.Fact
	references []string
	hash       store.Hash
	verdict    verdict

	previous   *store.Unsettled // the entry's unsettled row, when this is a replay
	unreadable error            // what the decoder said
	overruled  bool             // a person retries it although its id came with two contents
	stays      bool             // it is only here for what it holds
	patch      string           // what a person changed of its payload
	moved      bool             // to another key by that
	refusal    string           // why the patch could not be applied
}

// verdict is what a batch decides about an event: Outcome when it is settled,
// State and the rest when it is not.
type verdict struct {
	outcome  store.Outcome
	state    store.UnsettledState
	code     string
	reason   string
	waitsFor string
	foreign  bool // another than the owner said it
}

// word is the state or outcome as people and rows name it.
func (v verdict) word() string {
	if v.outcome != "" {
		return string(v.outcome)
	}
	return string(v.state)
}

var applied = verdict{outcome: store.OutcomeApplied}

func superseded(format string, args ...any) verdict {
	return verdict{outcome: store.OutcomeSuperseded, reason: fmt.Sprintf(format, args...)}
}

func parked(code, format string, args ...any) verdict {
	return verdict{state: store.StateParked, code: code, reason: fmt.Sprintf(format, args...)}
}

func waiting(reference string) verdict {
	kind, id, _ := strings.Cut(reference, ":")
	return verdict{
		state: store.StateWaiting, code: codeReference, waitsFor: reference,
		reason: fmt.Sprintf("The %s %s is not known yet.", kind, id),
	}
}

func behind(key string) verdict {
	return verdict{
		state: store.StateHeld, code: codeHeld,
		reason: fmt.Sprintf("An earlier event of %s has not passed yet.", key),
	}
}

// judge decides the events of one transaction in their order and gathers what
// they change. It works on the state as the transaction read it and carries
// each decision into it, so that later events of a batch see the earlier ones.
type judge struct {
	state   store.ApplyState
	held    map[store.HoldKey]bool // keys that a decision of this transaction holds
	effects effects
	masters []string // references that appear with this transaction
}

// dependent says that a fact builds on the ones before it: what does not pass
// holds its key. All other facts are absolute or stand alone.
func dependent(t models.EventType) bool { return t == models.TypeMovement }

// holds says that an event that does not pass holds its key. One that comes
// from another than the owner does not: it must not stop the owner's.
func (e *entry) holds() bool {
	if e.stays {
		return e.previous.HoldsKey
	}
	return dependent(e.event.Type) && !e.verdict.foreign
}

func (j *judge) decide(e *entry) {
	if !e.stays && e.verdict.outcome == "" {
		e.verdict = j.verdict(e)
	}
	if e.verdict.outcome == "" && e.holds() {
		j.hold(holdKey(e))
	}
}

func holdKey(e *entry) store.HoldKey {
	return store.HoldKey{Shard: e.event.Shard, Key: e.event.Key}
}

func (j *judge) hold(key store.HoldKey) {
	if j.held == nil {
		j.held = make(map[store.HoldKey]bool)
	}
	j.held[key] = true
}

func (j *judge) verdict(e *entry) verdict {
	if e.verdict.state == store.StateParked { // it failed by its data when it was written
		return e.verdict
	}
	if owner := j.otherOwner(e); owner != "" {
		return foreign(e, owner)
	}
	if dependent(e.event.Type) && j.isHeld(holdKey(e)) {
		return behind(e.event.Key)
	}
	if e.usedTwice() {
		return parked(codeConflict, idUsedTwice)
	}
	if e.unreadable != nil {
		return parked(codeContract, "%s", e.unreadable)
	}
	for _, ref := range e.references {
		if !*j.state.References.At(ref) {
			return waiting(ref)
		}
	}
	return j.judge(e)
}

func (j *judge) isHeld(key store.HoldKey) bool {
	stored := j.state.Holds.At(key)
	return j.held[key] || stored != nil && *stored
}

// want asks for the state that decide will need.
func (j *judge) want(e *entry) {
	j.wantOwner(e)
	if dependent(e.event.Type) && (e.previous == nil || !e.previous.HoldsKey || e.moved) {
		j.state.Holds.Want(holdKey(e))
	}
	for _, ref := range e.references {
		j.state.References.Want(ref)
	}
	s := &j.state
	switch f := e.fact.Payload.(type) {
	case *models.ItemChanged:
		s.Items.Want(f.Item)
	case *models.SupplierChanged:
		s.Suppliers.Want(f.Supplier)
	case *models.LocationChanged:
		s.Locations.Want(f.DC)
	case *models.InventoryBalance:
		s.Positions.Want(store.StockKey{Item: f.Item, DC: f.DC})
	case *models.InventoryMovement:
		s.Positions.Want(store.StockKey{Item: f.Item, DC: f.DC})
	case *models.ThresholdBreached:
		s.Thresholds.Want(store.ThresholdKey{Item: f.Item, DC: f.DC, Threshold: f.Threshold})
	case *models.SalesHistory:
		j.wantDays(f)
	case *models.SalesOrder:
		s.SalesLines.Want(store.LineKey{Document: f.Order, Line: int32(f.Line)})
	case *models.Allocation:
		s.Allocations.Want(store.LineKey{Document: f.Order, Line: int32(f.Line)})
	case *models.ForecastRevision:
		s.Forecasts.Want(store.StockKey{Item: f.Item, DC: f.DC})
		s.Plans.Want(f.Item)
	case *models.Evaluation:
		s.Evaluations.Want(store.EvaluationKey{Run: f.Run, Item: f.Item, DC: f.DC})
	case *models.Recommendation:
		s.Recommendations.Want(f.Recommendation)
	default:
		j.wantDocument(f)
	}
}

func (j *judge) wantDocument(fact any) {
	s := &j.state
	switch f := fact.(type) {
	case *models.OrderChanged:
		s.Orders.Want(f.Order)
	case *models.Confirmation:
		s.Confirmations.Want(store.AnswerKey{Number: f.Order, Line: int32(f.Line), Document: f.Confirmation})
	case *models.ASN:
		s.ASNs.Want(store.AnswerKey{Number: f.Order, Line: int32(f.Line), Document: f.ASN})
	case *models.GoodsReceipt:
		s.Receipts.Want(store.AnswerKey{Number: f.Order, Line: int32(f.Line), Document: f.Receipt})
	}
}

func (j *judge) judge(e *entry) verdict {
	switch f := e.fact.Payload.(type) {
	case *models.ItemChanged:
		return j.item(e, f)
	case *models.SupplierChanged:
		return j.supplier(e, f)
	case *models.LocationChanged:
		return j.location(e, f)
	case *models.InventoryBalance:
		return j.balance(e, f)
	case *models.InventoryMovement:
		return j.movement(e, f)
	case *models.ThresholdBreached:
		return j.threshold(e, f)
	case *models.SalesHistory:
		return j.history(e, f)
	case *models.SalesOrder:
		return j.salesLine(e, f)
	case *models.Allocation:
		return j.allocation(e, f)
	case *models.ForecastRevision:
		return j.forecast(e, f)
	case *models.Evaluation:
		return j.evaluation(e, f)
	case *models.Recommendation:
		return j.recommendation(e, f)
	}
	return j.document(e)
}

func (j *judge) document(e *entry) verdict {
	switch f := e.fact.Payload.(type) {
	case *models.OrderChanged:
		return j.order(e, f)
	case *models.Confirmation:
		return j.confirmation(e, f)
	case *models.ASN:
		return j.asn(e, f)
	case *models.GoodsReceipt:
		return j.receipt(e, f)
	case *models.SupplierException:
		j.effects.supplierExceptions = append(j.effects.supplierExceptions, store.Fact[models.SupplierException]{Event: e.event, Data: f})
		return applied
	}
	return parked(codeMapping, "No rule applies facts of type %s.", e.event.Type)
}

// byVersion judges an absolute fact and, when it applies, carries it into what is known.
func byVersion(known *store.Known, version int64, hash store.Hash) verdict {
	switch {
	case known.Exists && version < known.Version:
		return superseded("Version %d is older than version %d, which was applied before.", version, known.Version)
	case known.Exists && version == known.Version && hash == known.Hash:
		return superseded("Version %d with this content was applied before.", version)
	case known.Exists && version == known.Version:
		return parked(codeConflict, "Version %d was applied before with other content.", version)
	}
	*known = store.Known{Exists: true, Version: version, Hash: hash}
	return applied
}

// byNumber judges a fact that is appended once.
func byNumber(known *store.Known, hash store.Hash) verdict {
	switch {
	case known.Exists && hash == known.Hash:
		return superseded("It is already known with this content.")
	case known.Exists:
		return parked(codeConflict, "It is already known with other content.")
	}
	*known = store.Known{Exists: true, Hash: hash}
	return applied
}
