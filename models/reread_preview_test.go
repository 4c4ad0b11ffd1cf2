package models_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func TestAPreviewSaysWhatWouldFollow(t *testing.T) {
	stock := func(onHand, version int64) models.StockFigure {
		return models.StockFigure{OnHand: decimal.NewFromInt(onHand), Version: version}
	}
	for _, c := range []struct {
		name    string
		preview models.RereadPreview
		changes bool
		says    string
	}{
		{"a newer figure", models.RereadPreview{Theirs: stock(12, 9), Ours: stock(10, 8), Then: stock(12, 9), Balance: 8}, true, "12 on hand (+2)"},
		{"with movements on top", models.RereadPreview{Theirs: stock(12, 9), Ours: stock(10, 11), Then: stock(9, 9), Balance: 8}, true, "9 on hand (−1)"},
		{"the first figure", models.RereadPreview{Theirs: stock(0, 1), Then: stock(0, 1), Balance: -1}, false, "both agree"},
		{"the same", models.RereadPreview{Theirs: stock(10, 8), Ours: stock(10, 8), Then: stock(10, 8), Balance: 8}, false, "both agree"},
		{"an older one", models.RereadPreview{Theirs: stock(9, 7), Ours: stock(10, 8), Then: stock(9, 7), Balance: 8}, false, "newer (version 8)"},
		{"another of the same version", models.RereadPreview{Theirs: stock(9, 8), Ours: stock(10, 8), Then: stock(9, 8), Balance: 8}, false, "parked for a person"},
		{"none", models.RereadPreview{Gone: true, Ours: stock(10, 8)}, false, "no such position"},
		{"a copy that differs", models.RereadPreview{Copy: "planning", Theirs: stock(9, 8), Ours: stock(10, 8)}, true, "delivered to planning again"},
		{"a copy that agrees", models.RereadPreview{Copy: "planning", Theirs: stock(9, 8), Ours: stock(9, 8)}, false, "both agree"},
	} {
		if c.preview.Owner = "erp"; c.preview.Changes() != c.changes || !strings.Contains(c.preview.Follows(), c.says) {
			t.Errorf("%s: changes %t, %q; want %t, %q", c.name, c.preview.Changes(), c.preview.Follows(), c.changes, c.says)
		}
	}
}
