package models

import (
	"strings"
	"time"
)

// EventType names a contract: throughline.<entity>.<fact>.v<major>.
type EventType string

// The contracts of the first form.
const (
	TypeItemChanged       EventType = "throughline.item.changed.v1"
	TypeSupplierChanged   EventType = "throughline.supplier.changed.v1"
	TypeLocationChanged   EventType = "throughline.location.changed.v1"
	TypeBalance           EventType = "throughline.inventory.balance.v1"
	TypeMovement          EventType = "throughline.inventory.movement.v1"
	TypeThreshold         EventType = "throughline.inventory.threshold.v1"
	TypeSalesHistory      EventType = "throughline.demand.history.v1"
	TypeSalesOrder        EventType = "throughline.demand.order.v1"
	TypeAllocation        EventType = "throughline.allocation.changed.v1"
	TypeReceipt           EventType = "throughline.receipt.posted.v1"
	TypeForecastRevision  EventType = "throughline.forecast.revision.v1"
	TypeEvaluation        EventType = "throughline.replenishment.evaluation.v1"
	TypeRecommendation    EventType = "throughline.replenishment.recommendation.v1"
	TypePurchaseOrder     EventType = "throughline.purchase_order.changed.v1"
	TypeTransferOrder     EventType = "throughline.transfer_order.changed.v1"
	TypeConfirmation      EventType = "throughline.confirmation.received.v1"
	TypeSupplierException EventType = "throughline.supplier.exception.v1"
	TypeASN               EventType = "throughline.asn.sent.v1"
)

// Lane separates operational events from bulk loads; a key is never in both.
type Lane string

// The lanes.
const (
	LaneRealtime Lane = "realtime"
	LaneBulk     Lane = "bulk"
)

// Event is one accepted fact as it stands in the log. Data is the JSON payload
// as the source sent it; Extensions the CloudEvents extension attributes as a
// JSON object, empty when there are none.
type Event struct {
	Seq        int64
	Shard      int16
	ReceivedAt time.Time
	OccurredAt time.Time
	Source     string
	ID         string
	Type       EventType
	Subject    string
	Key        string
	Item       string
	DC         string
	TraceID    string
	Conflict   bool
	Extensions string
	Data       string
}

// RereadID begins the id of an event that the tower itself made of what its
// source answered when it was asked.
const RereadID = "reread:"

// PolledID begins the id of one that it made of what it polled while its source was silent.
const PolledID = RereadID + "poll:"

// Polled reports whether the event was polled: it is no sign that its source sends.
func (e *Event) Polled() bool { return strings.HasPrefix(e.ID, PolledID) }

// Reread reports whether the tower asked for the event, so that the source did not send it.
func (e *Event) Reread() bool { return strings.HasPrefix(e.ID, RereadID) }
