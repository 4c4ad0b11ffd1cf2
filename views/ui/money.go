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

// foreign tells of a currency that is not the company's.
func foreign(ctx context.Context, currency string) bool {
	return currency != "" && currency != EnvFrom(ctx).currency()
}

// Sum is what was added up under a heading in the company's currency: that one
// bare, each other with its own.
func Sum(s models.Sums) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		company := EnvFrom(ctx).currency()
		text, others := Overview(s[company].Round(0)), OtherSums(s, company)
		switch {
		case others == "":
			_, err := io.WriteString(w, templ.EscapeString(text))
			return err
		case s[company].IsZero():
			text = others
		default:
			text += " + " + others
		}
		return Amount(text).Render(ctx, w)
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
