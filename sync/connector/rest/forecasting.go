package rest

import "throughline/sync/connector"

// Forecasting is the connector to a forecasting system, whose stock is read. It is
// safe for concurrent use.
type Forecasting struct{ heldStock }

var _ connector.Balances = (*Forecasting)(nil)

// NewForecasting connects to nothing yet; the first call does.
func NewForecasting(cfg Config) (*Forecasting, error) {
	c, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	return &Forecasting{heldStock{c, "/forecasting/stock"}}, nil
}
