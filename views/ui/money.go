package ui

import (
	"context"

	"throughline/models"
)

// unitIn is a unit as it is shown: models.UnitMoney stands for the company's currency.
func unitIn(ctx context.Context, unit string) string {
	if unit == models.UnitMoney {
		return EnvFrom(ctx).currency()
	}
	return unit
}

// currency is the company's, that of the fallback where nobody said one.
func (e Env) currency() string {
	if e.Currency == "" {
		return models.FallbackCurrency
	}
	return e.Currency
}

// moneyText is an amount under a heading in the company's currency: bare in
// that one, with its own otherwise.
func moneyText(ctx context.Context, value, currency string) string {
	if currency == "" || currency == EnvFrom(ctx).currency() {
		return value
	}
	return value + " " + currency
}
