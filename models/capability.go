package models

import "slices"

// Capability is something that the business can do because systems are
// connected, with the contracts that carry it and the team that answers for it.
type Capability struct {
	Key   string
	Name  string
	Team  Team
	Types []EventType
	Codes []ExceptionCode // what goes wrong with it, whatever system is concerned
}

// Capabilities lists them in the order of the supply chain.
func Capabilities() []Capability {
	return []Capability{
		{
			"inventory", "Inventory availability", TeamIT, []EventType{TypeBalance, TypeMovement, TypeThreshold, TypeAllocation},
			[]ExceptionCode{ExceptionDrift, ExceptionStuckDrift, ExceptionIncomplete, ExceptionImplausible, ExceptionHealsFailing},
		},
		{"items", "Item master sync", TeamIT, []EventType{TypeItemChanged, TypeLocationChanged}, []ExceptionCode{ExceptionUnknownReference}},
		{"suppliers", "Supplier status", TeamProcurement, []EventType{TypeSupplierChanged, TypeSupplierException}, nil},
		{
			"proposals", "Replenishment proposal submission", TeamPlanner, []EventType{TypeForecastRevision, TypeEvaluation, TypeRecommendation},
			[]ExceptionCode{ExceptionNoInfluence, ExceptionStaleBasis},
		},
		{
			"orders", "PO lifecycle", TeamProcurement, []EventType{TypePurchaseOrder, TypeTransferOrder, TypeConfirmation, TypeASN, TypeReceipt},
			[]ExceptionCode{ExceptionNotOrdered, ExceptionDuplicateOrder, ExceptionConfirmationGap, ExceptionUnconfirmed, ExceptionLateInbound},
		},
	}
}

// CapabilityState is how a capability stands. An exception of a system counts
// for each capability that the system serves.
type CapabilityState struct {
	Capability
	Owners    []string // the systems whose word counts
	Consumers []string // the subscriptions that carry any of it
	Budgets   []ErrorBudget
	Groups    []ExceptionGroup // what is open
}

// ofTarget are the kinds that concern whoever is delivered to.
var ofTarget = []ExceptionCode{ExceptionTargetRejects, ExceptionTargetDown, ExceptionRateLimited, ExceptionAccess}

// StateOf picks what concerns a capability out of what concerns all.
func (c Capability) StateOf(owners []Owner, routes []RouteStatus, budgets []ErrorBudget, groups []ExceptionGroup) CapabilityState {
	s, entities := CapabilityState{Capability: c}, Entities(c.Types...)
	for _, o := range owners {
		if o.Record == "" && slices.Contains(entities, o.Entity) && !slices.Contains(s.Owners, o.Source) {
			s.Owners = append(s.Owners, o.Source)
		}
	}
	for _, r := range routes {
		if slices.ContainsFunc(c.Types, func(t EventType) bool { return slices.Contains(r.Types, string(t)) }) {
			s.Consumers = append(s.Consumers, r.Name)
		}
	}
	for _, b := range budgets {
		if slices.Contains(entities, b.Entity) {
			s.Budgets = append(s.Budgets, b)
		}
	}
	for _, g := range groups {
		if slices.Contains(c.Codes, g.Code) || slices.Contains(s.Owners, g.Source) && !claimed(g.Code) || slices.Contains(ofTarget, g.Code) && slices.Contains(s.Consumers, g.Source) {
			s.Groups = append(s.Groups, g)
		}
	}
	return s
}

// claimed says whether a capability names a kind as its own, which then is no
// other's for concerning a system that serves both.
func claimed(code ExceptionCode) bool {
	return slices.ContainsFunc(Capabilities(), func(c Capability) bool { return slices.Contains(c.Codes, code) })
}

// Budget adds up the budgets of all its entities and DCs.
func (s CapabilityState) Budget() ErrorBudget { return AllBudgets(s.Budgets) }

// Open is how many exceptions stand against it, and what they put at risk.
func (s CapabilityState) Open() (n int64, atRisk Sums) {
	for _, g := range s.Groups {
		n, atRisk = n+g.Open, atRisk.Plus(g.ValueAtRisk)
	}
	return n, atRisk
}
