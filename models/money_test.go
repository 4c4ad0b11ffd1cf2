package models_test

import (
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func TestSumsKeepCurrenciesApart(t *testing.T) {
	of := decimal.NewFromInt
	london, rotterdam := models.Sums{"GBP": of(100), "": of(0)}, models.Sums{"EUR": of(70), "GBP": of(5), "USD": of(0)}
	both := london.Plus(rotterdam)
	if !both["GBP"].Equal(of(105)) || !both["EUR"].Equal(of(70)) || !london["GBP"].Equal(of(100)) {
		t.Errorf("%v and %v are %v", london, rotterdam, both)
	}
	if others := both.Others("GBP"); !slices.Equal(others, []string{"EUR"}) {
		t.Errorf("besides the company's there is %v", others)
	}
	if all := (models.Sums)(nil).Plus(rotterdam); !all["EUR"].Equal(of(70)) {
		t.Errorf("nothing and %v are %v", rotterdam, all)
	}
}
