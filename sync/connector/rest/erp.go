package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"throughline/models"
	"throughline/sync/connector"
)

// ERP is the connector to an ERP. It is safe for concurrent use.
type ERP struct{ c *client }

var _ connector.ERP = (*ERP)(nil)

// NewERP connects to nothing yet; the first call does.
func NewERP(cfg Config) (*ERP, error) {
	c, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	return &ERP{c}, nil
}

type order struct {
	Number    string    `json:"number"`
	Reference string    `json:"reference"`
	Kind      string    `json:"kind"`
	State     string    `json:"state"`
	OrderedAt time.Time `json:"ordered_at"`
}

func (o order) known(kind, response string) connector.Order {
	if o.Kind == "" {
		o.Kind = kind
	}
	return connector.Order{
		Number: o.Number, Reference: o.Reference, Kind: o.Kind, State: o.State, OrderedAt: o.OrderedAt, Response: response,
	}
}

// CreateOrder posts the order once. A 409 that names an order returns it.
func (e *ERP) CreateOrder(ctx context.Context, request models.OrderRequest) (connector.Order, error) {
	path := "/erp/purchase-orders"
	if request.Kind == "transfer" {
		path = "/erp/transfer-orders"
	}
	a, err := e.c.call(ctx, http.MethodPost, path, request)
	if err != nil {
		return connector.Order{}, err
	}
	if a.status/100 != 2 && a.status != http.StatusConflict {
		return connector.Order{}, a.refused(connector.ClassUnknown)
	}
	var made order
	if err := json.Unmarshal(a.body, &made); err != nil || made.Number == "" {
		if a.status == http.StatusConflict {
			return connector.Order{}, a.refused(connector.ClassUnknown)
		}
		return connector.Order{}, &connector.Error{
			Class: connector.ClassUnknown, Message: "The ERP answered without an order number.", Response: a.record(), Cause: err,
		}
	}
	made.Reference = request.Reference
	return made.known(request.Kind, a.record()), nil
}

// FindOrders asks for every order under a reference.
func (e *ERP) FindOrders(ctx context.Context, reference string) ([]connector.Order, error) {
	var found struct {
		Orders []order `json:"orders"`
	}
	a, err := e.c.read(ctx, "/erp/orders?reference="+url.QueryEscape(reference), &found)
	if err != nil {
		return nil, err
	}
	orders := make([]connector.Order, 0, len(found.Orders))
	for _, o := range found.Orders {
		orders = append(orders, o.known("", a.record()))
	}
	return orders, nil
}

// ChangedOrders reads one page of the orders that were made or changed since.
func (e *ERP) ChangedOrders(ctx context.Context, since time.Time, after string, limit int) (connector.OrderPage, error) {
	query := url.Values{"since": {since.UTC().Format(time.RFC3339Nano)}, "limit": {strconv.Itoa(limit)}}
	if after != "" {
		query.Set("after", after)
	}
	var page connector.OrderPage
	_, err := e.c.read(ctx, "/erp/orders/changed?"+query.Encode(), &page)
	return page, err
}

// Balances reads one page of the ERP's snapshot.
func (e *ERP) Balances(ctx context.Context, after string, limit int) (connector.BalancePage, error) {
	return e.balances(ctx, url.Values{}, after, limit)
}

// ChangedBalances reads one page of what changed in it.
func (e *ERP) ChangedBalances(ctx context.Context, dc string, since time.Time, after string, limit int) (connector.BalancePage, error) {
	query := url.Values{"changed_since": {since.UTC().Format(time.RFC3339Nano)}}
	if dc != "" {
		query.Set("dc", dc)
	}
	return e.balances(ctx, query, after, limit)
}

func (e *ERP) balances(ctx context.Context, query url.Values, after string, limit int) (connector.BalancePage, error) {
	query.Set("limit", strconv.Itoa(limit))
	if after != "" {
		query.Set("after", after)
	}
	var page connector.BalancePage
	_, err := e.c.read(ctx, "/erp/balances?"+query.Encode(), &page)
	return page, err
}

// Balance reads one key of the ERP's stock.
func (e *ERP) Balance(ctx context.Context, item, dc string) (connector.Balance, error) {
	var row connector.Balance
	_, err := e.c.read(ctx, "/erp/balances/"+url.PathEscape(item)+"/"+url.PathEscape(dc), &row)
	return row, err
}

// Movements reads the lines of a key in the ERP's stock ledger after a version.
func (e *ERP) Movements(ctx context.Context, item, dc string, after int64, limit int) ([]models.StockLine, error) {
	query := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
	var found struct {
		Movements []models.StockLine `json:"movements"`
	}
	_, err := e.c.read(ctx, "/erp/balances/"+url.PathEscape(item)+"/"+url.PathEscape(dc)+"/movements?"+query.Encode(), &found)
	return found.Movements, err
}

// Replay asks for events by their numbers. More than were asked for cannot come.
func (e *ERP) Replay(ctx context.Context, series string, first, last int64) (int64, error) {
	var said struct {
		Coming int64 `json:"coming"`
	}
	_, err := e.c.ask(ctx, http.MethodPost, "/erp/events/replay", map[string]any{"series": series, "first": first, "last": last}, &said)
	return min(max(said.Coming, 0), last-first+1), err
}

// ReplayTime asks for events by their type, DC and time.
func (e *ERP) ReplayTime(ctx context.Context, kind models.EventType, dc string, since, until time.Time) (int64, error) {
	var said struct {
		Coming int64 `json:"coming"`
	}
	_, err := e.c.ask(ctx, http.MethodPost, "/erp/events/replay", map[string]any{"type": kind, "dc": dc, "since": since.UTC(), "until": until.UTC()}, &said)
	return max(said.Coming, 0), err
}

// TransmitAgain has an order go to its supplier once more, unless it went after since.
func (e *ERP) TransmitAgain(ctx context.Context, number string, since time.Time) (time.Time, error) {
	var said struct {
		TransmittedAt time.Time `json:"transmitted_at"`
	}
	a, err := e.c.ask(ctx, http.MethodPost, "/erp/orders/"+url.PathEscape(number)+"/transmissions", map[string]time.Time{"unless_after": since.UTC()}, &said)
	if err == nil && said.TransmittedAt.IsZero() {
		err = &connector.Error{Class: connector.ClassPermanent, Message: "The ERP does not say when it transmitted the order.", Response: a.record()}
	}
	return said.TransmittedAt, err
}

// AcceptConfirmation takes the supplier's answer to an order line as it is.
func (e *ERP) AcceptConfirmation(ctx context.Context, number string, line int) error {
	return e.answerSupplier(ctx, number, "accept", line)
}

// ChaseConfirmation asks the supplier for a better answer to an order line.
func (e *ERP) ChaseConfirmation(ctx context.Context, number string, line int) error {
	return e.answerSupplier(ctx, number, "chase", line)
}

func (e *ERP) answerSupplier(ctx context.Context, number, action string, line int) error {
	path := "/erp/orders/" + url.PathEscape(number) + "/confirmations/" + action
	return e.c.command(ctx, path, map[string]int{"line": line})
}

// read gets JSON.
func (c *client) read(ctx context.Context, path string, into any) (answer, error) {
	return c.ask(ctx, http.MethodGet, path, nil, into)
}

// ask reads the JSON of an answer to what may be asked twice, so that a lost answer
// is transient.
func (c *client) ask(ctx context.Context, method, path string, body, into any) (answer, error) {
	a, err := c.call(ctx, method, path, body)
	if err != nil {
		return answer{}, harmless(err)
	}
	if a.status/100 != 2 {
		return a, a.refused(connector.ClassTransient)
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return a, &connector.Error{
			Class: connector.ClassPermanent, Message: "The system's answer is not the JSON that was agreed.", Response: a.record(), Cause: err,
		}
	}
	return a, nil
}

// command posts a request that does no harm when it is repeated.
func (c *client) command(ctx context.Context, path string, body any) error {
	a, err := c.call(ctx, http.MethodPost, path, body)
	if err != nil {
		return harmless(err)
	}
	if a.status/100 != 2 {
		return a.refused(connector.ClassTransient)
	}
	return nil
}

// harmless says that a call without a lasting effect may be repeated even if it got through.
func harmless(err error) error {
	if failed, ok := errors.AsType[*connector.Error](err); ok && failed.Class == connector.ClassUnknown {
		failed.Class = connector.ClassTransient
	}
	return err
}
