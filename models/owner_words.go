package models

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// ownerWords are the fields of each contract that only the system that owns the
// record may say: which record it is, which version of it, how much, what it
// costs, when it is promised and what it rests on. What is left for an edit are units, times,
// references to other records and optional fields. A name counts wherever it
// stands in the payload, in each line of an order too.
var ownerWords = map[EventType][]string{
	TypeItemChanged:       {"item", "pack_size", "moq", "unit_cost", "unit_price", "currency", "version"},
	TypeSupplierChanged:   {"supplier", "lead_time_days", "status", "version"},
	TypeLocationChanged:   {"dc", "version"},
	TypeBalance:           {"item", "dc", "on_hand", "allocated", "version"},
	TypeMovement:          {"item", "dc", "on_hand_delta", "allocated_delta", "version"},
	TypeThreshold:         {"item", "dc", "threshold", "level", "available", "version"},
	TypeSalesHistory:      {"item", "dc", "from", "quantities", "version"},
	TypeSalesOrder:        {"order", "line", "item", "dc", "quantity", "version"},
	TypeAllocation:        {"order", "line", "item", "dc", "quantity", "version"},
	TypeReceipt:           {"receipt", "order", "line", "item", "dc", "quantity"},
	TypeForecastRevision:  {"item", "dc", "revision", "bucket", "start", "quantities"},
	TypeEvaluation:        {"run", "item", "dc", "outcome", "net_requirement"},
	TypeRecommendation:    {"recommendation", "kind", "item", "dc", "from_dc", "quantity", "unit_price", "currency", "need_by", "supplier", "basis", "confidence"},
	TypePurchaseOrder:     orderWords,
	TypeTransferOrder:     append([]string{"from_dc"}, orderWords...),
	TypeConfirmation:      {"confirmation", "order", "line", "quantity", "promised_date"},
	TypeSupplierException: {"supplier", "order", "line", "kind"},
	TypeASN:               {"asn", "order", "line", "quantity", "eta"},
}

var orderWords = []string{"order", "reference", "dc", "state", "currency", "line", "item", "quantity", "unit_price", "need_by", "version"}

// ownerNames are the owner's words that are compared as text: the item 012 is not the item 12.
var ownerNames = []string{"item", "dc", "from_dc", "supplier", "order", "receipt", "confirmation", "asn", "recommendation", "run"}

// OwnerWords names the fields of a contract that an edit must leave as they are.
func (t EventType) OwnerWords() []string { return slices.Clone(ownerWords[t]) }

// KeepsOwnerWords refuses an edit of what only the owner may say, CodeInvalid
// with the JSON Pointers; source is who sent the event. The same value in
// another form, such as 12.0 for "12", is no edit. A payload that is not JSON
// says nothing, so that no figure can be put into it.
func (t EventType) KeepsOwnerWords(source, before, after string) error {
	was, is := t.said(before), t.said(after)
	var changed []string
	for pointer, value := range was {
		if now, said := is[pointer]; !said || now != value {
			changed = append(changed, pointer)
		}
	}
	for pointer := range is {
		if _, said := was[pointer]; !said {
			changed = append(changed, pointer)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	slices.Sort(changed)
	return Errorf(CodeInvalid, "Only %s may say %s: %s. An edit may mend units, times, references and optional fields.",
		source, listed(changed), t.OwnerMends())
}

// OwnerMends says what to do about a wrong word of the owner instead of an edit.
func (t EventType) OwnerMends() string {
	if t == TypeBalance || t == TypeMovement {
		return "correct it there and let it send again, or have the balance read again from it"
	}
	return "correct it there and let it send again"
}

// listed names the first of many.
func listed(pointers []string) string {
	const most = 5
	if len(pointers) > most {
		return strings.Join(pointers[:most], ", ") + fmt.Sprintf(" and %d more", len(pointers)-most)
	}
	return strings.Join(pointers, ", ")
}

// said are the owner's words of a payload by JSON Pointer, each in one form.
func (t EventType) said(payload string) map[string]string {
	decoder := json.NewDecoder(strings.NewReader(payload))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil
	}
	words := map[string]string{}
	t.gather(words, "", "", document)
	return words
}

// gather walks a value; word is the owner's word that it stands under, if any.
func (t EventType) gather(words map[string]string, pointer, word string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			of := word
			if slices.Contains(ownerWords[t], name) {
				of = name
			}
			t.gather(words, pointer+"/"+pointerToken.Replace(name), of, member)
		}
	case []any:
		for i, member := range v {
			t.gather(words, pointer+"/"+strconv.Itoa(i), word, member)
		}
	default:
		if word != "" {
			words[pointer] = oneForm(word, v)
		}
	}
}

var pointerToken = strings.NewReplacer("~", "~0", "/", "~1")

// oneForm writes a number and its text alike. No contract takes an exponent,
// which would write out as many digits as it says.
func oneForm(word string, value any) string {
	text := fmt.Sprint(value)
	if slices.Contains(ownerNames, word) || strings.ContainsAny(text, "eE") {
		return text
	}
	if number, err := decimal.NewFromString(text); err == nil {
		return number.String()
	}
	return text
}
