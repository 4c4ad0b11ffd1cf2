package watch

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// amount is a quantity as people write it: "120 EA".
func amount(q decimal.Decimal, unit string) string {
	if unit == "" {
		return q.Round(1).String()
	}
	return q.Round(1).String() + " " + unit
}

func money(v decimal.Decimal, currency string) string { return v.StringFixed(2) + " " + currency }

// onDay is a business day: "Thu 12 Mar".
func onDay(t time.Time) string { return t.UTC().Format("Mon 2 Jan") }

// plural is "1 event" or "3 events".
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// ago is a real duration in the one unit that matters.
func ago(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	default:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
}

// days is the number of business days from one day to another.
func days(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) }

const unknownFact = "event of an unknown type"

// fact is what an event type tells of, for people.
func fact(t string) string {
	names := map[models.EventType]string{
		models.TypeItemChanged: "item", models.TypeSupplierChanged: "supplier", models.TypeLocationChanged: "location",
		models.TypeBalance: "stock balance", models.TypeMovement: "stock movement", models.TypeThreshold: "stock threshold",
		models.TypeSalesHistory: "sales history", models.TypeSalesOrder: "sales order", models.TypeAllocation: "allocation",
		models.TypeForecastRevision: "forecast revision", models.TypeEvaluation: "evaluation", models.TypeRecommendation: "recommendation",
		models.TypePurchaseOrder: "purchase order", models.TypeTransferOrder: "transfer order",
		models.TypeConfirmation: "confirmation", models.TypeSupplierException: "supplier's notice", models.TypeASN: "shipping notice",
		models.TypeReceipt: "goods receipt",
	}
	if name, known := names[models.EventType(t)]; known {
		return name
	}
	return unknownFact
}

// aFact is fact with its article.
func aFact(t string) string {
	name := fact(t)
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// facts is the plural of fact.
func facts(t string) string {
	switch models.EventType(t) {
	case models.TypeSalesHistory:
		return "sales histories"
	default:
		if name := fact(t); name != unknownFact {
			return name + "s"
		}
		return "events of unknown types"
	}
}

// movesStock reports whether events of a type change what is bought or where stock is.
func movesStock(t string) bool {
	switch models.EventType(t).Entity() {
	case "inventory", "receipt", "purchase_order", "transfer_order", "replenishment", "confirmation":
		return true
	}
	return false
}

// rise gives AtLeast as C2 when something matters.
func rise(matters bool) models.Consequence {
	if matters {
		return models.ConsequenceEffect
	}
	return models.ConsequenceNuisance
}
