package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// The payloads of the contracts, version 1. Field names are the JSON names of
// the schemas served at /contracts; days are business days (2006-01-02).

// ItemChanged is the ERP's master record of an item.
type ItemChanged struct {
	Item        string          `json:"item"`
	Description string          `json:"description"`
	Unit        string          `json:"unit"`
	PackSize    decimal.Decimal `json:"pack_size"`
	MOQ         decimal.Decimal `json:"moq"`
	UnitCost    decimal.Decimal `json:"unit_cost"`
	UnitPrice   decimal.Decimal `json:"unit_price"`
	Currency    string          `json:"currency"`
	ABCClass    string          `json:"abc_class"`
	Supplier    string          `json:"supplier"`
	GTIN        GTIN            `json:"gtin,omitempty"`
	Category    string          `json:"category,omitempty"` // product group, in the owner's words; empty where it names none
	Version     int64           `json:"version"`
}

// SupplierChanged is the ERP's master record of a supplier. CutOff is a time
// of day, 15:04, by the clock of the DC that is ordered for. Status is empty where
// the ERP does not say it: active.
type SupplierChanged struct {
	Supplier     string          `json:"supplier"`
	Name         string          `json:"name"`
	LeadTimeDays decimal.Decimal `json:"lead_time_days"`
	CutOff       string          `json:"cut_off"`
	Currency     string          `json:"currency"`
	Status       SupplierStatus  `json:"status,omitempty"`
	Version      int64           `json:"version"`
}

// SupplierStatus is whether orders may go to a supplier.
type SupplierStatus string

// The states; nothing is approved by policy for a supplier that is not active.
const (
	SupplierActive  SupplierStatus = "active"
	SupplierOnHold  SupplierStatus = "on_hold" // to be settled: a person decides on each order
	SupplierBlocked SupplierStatus = "blocked"
)

// LocationChanged is the ERP's master record of a distribution center.
type LocationChanged struct {
	DC       string `json:"dc"`
	Name     string `json:"name"`
	TimeZone string `json:"time_zone"`
	Version  int64  `json:"version"`
}

// InventoryBalance is the absolute stock of an item at a DC. Version grows per source and key.
type InventoryBalance struct {
	Item      string          `json:"item"`
	DC        string          `json:"dc"`
	OnHand    decimal.Decimal `json:"on_hand"`
	Allocated decimal.Decimal `json:"allocated"`
	Unit      string          `json:"unit"`
	Version   int64           `json:"version"`
	Time      time.Time       `json:"time"`
}

// InventoryMovement is a change of stock; its version is of the same series as the balances'.
type InventoryMovement struct {
	Item           string          `json:"item"`
	DC             string          `json:"dc"`
	Kind           string          `json:"kind"` // sale, receipt, adjustment, transfer_out, transfer_in, allocation
	OnHandDelta    decimal.Decimal `json:"on_hand_delta"`
	AllocatedDelta decimal.Decimal `json:"allocated_delta"`
	Unit           string          `json:"unit"`
	Document       string          `json:"document,omitempty"`
	Version        int64           `json:"version"`
	Time           time.Time       `json:"time"`
}

// ThresholdBreached says that available stock fell to or below a level.
type ThresholdBreached struct {
	Item      string          `json:"item"`
	DC        string          `json:"dc"`
	Threshold string          `json:"threshold"` // safety_stock, reorder_point
	Level     decimal.Decimal `json:"level"`
	Available decimal.Decimal `json:"available"`
	Unit      string          `json:"unit"`
	Version   int64           `json:"version"`
	Time      time.Time       `json:"time"`
}

// SalesHistory is the demand of an item at a DC for consecutive business days from From.
type SalesHistory struct {
	Item       string            `json:"item"`
	DC         string            `json:"dc"`
	From       string            `json:"from"`
	Quantities []decimal.Decimal `json:"quantities"`
	Unit       string            `json:"unit"`
	Version    int64             `json:"version"`
}

// SalesOrder is one line of a customer's order.
type SalesOrder struct {
	Order         string          `json:"order"`
	Line          int             `json:"line"`
	Customer      string          `json:"customer"`
	Item          string          `json:"item"`
	DC            string          `json:"dc"`
	Quantity      decimal.Decimal `json:"quantity"`
	Unit          string          `json:"unit"`
	OrderedDay    string          `json:"ordered_day"`
	RequestedDate string          `json:"requested_date"`
	Version       int64           `json:"version"`
}

// Allocation is the quantity now reserved for a sales-order line.
type Allocation struct {
	Order    string          `json:"order"`
	Line     int             `json:"line"`
	Item     string          `json:"item"`
	DC       string          `json:"dc"`
	Quantity decimal.Decimal `json:"quantity"`
	Unit     string          `json:"unit"`
	Version  int64           `json:"version"`
}

// GoodsReceipt is goods taken in against an order line. It never changes on hand by itself.
type GoodsReceipt struct {
	Receipt    string          `json:"receipt"`
	Order      string          `json:"order"`
	Line       int             `json:"line"`
	Item       string          `json:"item"`
	DC         string          `json:"dc"`
	Quantity   decimal.Decimal `json:"quantity"`
	Unit       string          `json:"unit"`
	ReceivedAt time.Time       `json:"received_at"`
}

// ForecastRevision is the forecast of one item at one DC, in daily buckets from Start.
type ForecastRevision struct {
	Item         string            `json:"item"`
	DC           string            `json:"dc"`
	Revision     int64             `json:"revision"`
	Run          string            `json:"run"`
	Model        string            `json:"model"`
	ModelVersion string            `json:"model_version"`
	Bucket       string            `json:"bucket"` // day
	Start        string            `json:"start"`
	Quantities   []decimal.Decimal `json:"quantities"`
	Unit         string            `json:"unit"`
	PublishedAt  time.Time         `json:"published_at"`
}

// StockBasis is the balance a recommendation was computed from. Quantity is the available stock used.
type StockBasis struct {
	Version  int64           `json:"version"`
	AsOf     time.Time       `json:"as_of"`
	Quantity decimal.Decimal `json:"qty"`
}

// Basis is what an evaluation or recommendation was computed from.
type Basis struct {
	ForecastRevision  int64       `json:"forecast_revision"`
	Inventory         *StockBasis `json:"inventory"`
	OpenSupplyAsOf    *time.Time  `json:"open_supply_as_of,omitempty"`
	ParametersVersion string      `json:"parameters_version,omitempty"`
	ModelVersion      string      `json:"model_version,omitempty"`
}

// Evaluation says that the engine looked at an item-DC, and what came of it.
// NetRequirement is what has to be brought in, in the item's unit, before packs and
// smallest orders; nil where the engine does not say.
type Evaluation struct {
	Run            string           `json:"run"`
	Item           string           `json:"item"`
	DC             string           `json:"dc"`
	Outcome        string           `json:"outcome"` // recommend, no_action, blocked
	Reason         string           `json:"reason"`
	Recommendation string           `json:"recommendation,omitempty"`
	NetRequirement *decimal.Decimal `json:"net_requirement,omitempty"`
	Basis          *Basis           `json:"basis,omitempty"`
	EvaluatedAt    time.Time        `json:"evaluated_at"`
}

// Recommendation proposes a purchase from a supplier or a transfer from another
// DC. NeedBy is a business day; OrderBy a business time; Confidence is how sure
// its engine is of the quantity, from 0 to 1, nil where it does not say.
type Recommendation struct {
	Recommendation string           `json:"recommendation"`
	Kind           string           `json:"kind"` // purchase, transfer
	Run            string           `json:"run"`
	Item           string           `json:"item"`
	DC             string           `json:"dc"`
	FromDC         string           `json:"from_dc,omitempty"`
	Supplier       string           `json:"supplier,omitempty"`
	Quantity       decimal.Decimal  `json:"quantity"`
	Unit           string           `json:"unit"`
	UnitPrice      decimal.Decimal  `json:"unit_price"`
	Currency       string           `json:"currency"`
	NeedBy         string           `json:"need_by"`
	OrderBy        time.Time        `json:"order_by"`
	Reason         string           `json:"reason"`
	Confidence     *decimal.Decimal `json:"confidence,omitempty"`
	Basis          *Basis           `json:"basis,omitempty"`
	ComputedAt     time.Time        `json:"computed_at"`
}

// OrderLine is one line of a purchase or transfer order.
type OrderLine struct {
	Line      int             `json:"line"`
	Item      string          `json:"item"`
	Quantity  decimal.Decimal `json:"quantity"`
	Unit      string          `json:"unit"`
	UnitPrice decimal.Decimal `json:"unit_price"`
	NeedBy    string          `json:"need_by"`
}

// OrderChanged is the whole state of a purchase or transfer order in the ERP.
// Reference is the tower's own key when the tower asked for the order. When it was
// sent to the supplier or the DC that gives, and when that one's system said that
// it arrived, is nil where it is not known.
type OrderChanged struct {
	Order     string      `json:"order"`
	Reference string      `json:"reference,omitempty"`
	Supplier  string      `json:"supplier,omitempty"`
	FromDC    string      `json:"from_dc,omitempty"`
	DC        string      `json:"dc"`
	State     string      `json:"state"` // open, confirmed, shipped, received, cancelled
	Currency  string      `json:"currency"`
	OrderedAt time.Time   `json:"ordered_at"`
	Lines     []OrderLine `json:"lines"`
	Version   int64       `json:"version"`

	TransmittedAt  *time.Time `json:"transmitted_at,omitempty"`
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty"`
}

// Confirmation is a supplier's answer to an order line; quantity 0 rejects it.
type Confirmation struct {
	Confirmation string          `json:"confirmation"`
	Order        string          `json:"order"`
	Line         int             `json:"line"`
	Quantity     decimal.Decimal `json:"quantity"`
	Unit         string          `json:"unit"`
	PromisedDate string          `json:"promised_date"`
	ConfirmedAt  time.Time       `json:"confirmed_at"`
}

// SupplierException is a supplier's word that something will not go as agreed.
type SupplierException struct {
	Supplier   string    `json:"supplier"`
	Order      string    `json:"order,omitempty"`
	Line       int       `json:"line,omitempty"`
	Kind       string    `json:"kind"` // delay, shortage, rejected, closed
	Message    string    `json:"message"`
	OccurredAt time.Time `json:"occurred_at"`
}

// ASN is a supplier's advance ship notice for an order line.
type ASN struct {
	ASN       string          `json:"asn"`
	Order     string          `json:"order"`
	Line      int             `json:"line"`
	Quantity  decimal.Decimal `json:"quantity"`
	Unit      string          `json:"unit"`
	ShippedAt time.Time       `json:"shipped_at"`
	ETA       string          `json:"eta"` // business day
}
