package models_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestAnEditMendsTheFormAndNotTheWord(t *testing.T) {
	const balance = `{"item":"022","dc":"LON","on_hand":"12.50","allocated":0,"unit":"EA","version":7}`
	const order = `{"order":"PO-1","supplier":"S1","dc":"LON","version":2,"lines":[{"line":1,"item":"022","quantity":"10","unit":"EA"}]}`
	for _, try := range []struct {
		name          string
		of            models.EventType
		before, after string
		refused       string
	}{
		{"unit and time", models.TypeBalance, balance, `{"item":"022","dc":"LON","on_hand":"12.50","allocated":0,"unit":"CS","version":7,"time":"2026-03-02T08:00:00Z"}`, ""},
		{"a number for its text", models.TypeBalance, balance, `{"item":"022","dc":"LON","on_hand":12.5,"allocated":"0.0","unit":"EA","version":7}`, ""},
		{"a quantity", models.TypeBalance, balance, strings.Replace(balance, "12.50", "12.51", 1), "/on_hand"},
		{"a version", models.TypeBalance, balance, strings.Replace(balance, `"version":7`, `"version":900000`, 1), "/version"},
		{"an item that looks like a number", models.TypeBalance, balance, strings.Replace(balance, "022", "22", 1), "/item"},
		{"a quantity left out", models.TypeBalance, balance, strings.Replace(balance, `"allocated":0,`, "", 1), "/allocated"},
		{"a quantity put in", models.TypeBalance, `{"item":"022","dc":"LON","on_hand":1,"version":7}`, `{"item":"022","dc":"LON","on_hand":1,"allocated":1,"version":7}`, "/allocated"},
		{"figures for what cannot be read", models.TypeBalance, `{"item":`, balance, "/on_hand"},
		{"the supplier of an order", models.TypePurchaseOrder, order, strings.Replace(order, "S1", "S2", 1), ""},
		{"the quantity of a line", models.TypePurchaseOrder, order, strings.Replace(order, `"10"`, `"100"`, 1), "/lines/0/quantity"},
		{"a second line", models.TypePurchaseOrder, order, strings.Replace(order, `]`, `,{"line":2,"item":"022","quantity":"1","unit":"EA"}]`, 1), "/lines/1/quantity"},
		{"a list for a quantity", models.TypeBalance, balance, strings.Replace(balance, `"12.50"`, `["12.50"]`, 1), "/on_hand"},
	} {
		err := try.of.KeepsOwnerWords("erp", try.before, try.after)
		if try.refused == "" && err != nil || try.refused != "" && (models.CodeOf(err) != models.CodeInvalid || !strings.Contains(err.Error(), try.refused)) {
			t.Errorf("%s: %v", try.name, err)
		}
	}
}

func FuzzKeepsOwnerWords(f *testing.F) {
	f.Add(`{"on_hand":"1e999999999","version":1}`, `{"on_hand":{"on_hand":[1,null]},"version":1.0}`)
	f.Add(`{"item":1}`, `{"item":"1"}`)
	f.Add(``, `[]`)
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, of := range models.EventTypes() {
			if err := of.KeepsOwnerWords("erp", before, before); err != nil {
				t.Fatalf("%s: no edit at all is refused: %v", of, err)
			}
			there, back := of.KeepsOwnerWords("erp", before, after), of.KeepsOwnerWords("erp", after, before)
			if (there == nil) != (back == nil) {
				t.Fatalf("%s: %v one way and %v the other", of, there, back)
			}
		}
	})
}
