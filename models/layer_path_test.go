package models_test

import (
	"slices"
	"strings"
	"testing"

	"throughline/models"
)

// FuzzEntitiesOf holds that a key names an entity of the contracts or none.
func FuzzEntitiesOf(f *testing.F) {
	for key, want := range map[string]string{
		"TRF-01|erp|throughline.inventory.balance.v1": "inventory",
		"API-01|erp|purchase_order|DC-LON":            "purchase_order",
		"API-01|erp|DC-LON":                           "inventory",
		"API-06|erp":                                  "",
	} {
		dc := ""
		if strings.Contains(key, "DC-LON") {
			dc = "DC-LON"
		}
		code := models.ExceptionCode(key[:6])
		if got := strings.Join(models.EntitiesOf(code, key, dc), " "); got != want {
			f.Fatalf("%s is about %q, want %q", key, got, want)
		}
		f.Add(string(code), key, dc)
	}
	f.Fuzz(func(t *testing.T, code, key, dc string) {
		for _, entity := range models.EntitiesOf(models.ExceptionCode(code), key, dc) {
			if !slices.Contains(models.FlowEntities(), entity) {
				t.Errorf("%q is about %q, which no contract knows", key, entity)
			}
		}
	})
}
