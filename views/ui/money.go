package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

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

// Sum is what was added up under a heading in the company's currency: that one
// bare, each other with its own.
func Sum(s models.Sums) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		company := EnvFrom(ctx).currency()
		text, others := Overview(s[company].Round(0)), OtherSums(s, company)
		switch {
		case others != "" && s[company].IsZero():
			text = others
		case others != "":
			text += " + " + others
		}
		_, err := io.WriteString(w, templ.EscapeString(text))
		return err
	})
}

// OtherSums are the amounts in other currencies than the company's, such as
// "300 EUR + 20 USD"; empty where there are none.
func OtherSums(s models.Sums, company string) string {
	var parts []string
	for _, currency := range s.Others(company) {
		parts = append(parts, Overview(s[currency].Round(0))+" "+currency)
	}
	return strings.Join(parts, " + ")
}
