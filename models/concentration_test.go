package models_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func TestParetoPutsTheDearestFirstAndCumulates(t *testing.T) {
	cells := []models.Concentration{
		{DC: "LON", Class: "A", Items: 1, Exceptions: 2, Value: decimal.New(10, 0)},
		{DC: "YRK", Class: "A", Items: 3, Exceptions: 3, Value: decimal.New(60, 0)},
		{DC: "LON", Class: "C", Items: 1, Exceptions: 1, Value: decimal.New(30, 0)},
	}
	rows := models.Pareto(cells, func(c models.Concentration) (string, string) { return c.DC, c.DC })
	if len(rows) != 2 || rows[0].Key != "YRK" || rows[1].Items != 2 || rows[1].Exceptions != 3 ||
		rows[0].Share.String() != "0.6" || rows[1].Cumulated.String() != "1" {
		t.Errorf("%+v", rows)
	}
	if none := models.Pareto([]models.Concentration{{DC: "LON", Items: 1}}, func(c models.Concentration) (string, string) { return c.DC, "" }); !none[0].Share.IsZero() {
		t.Errorf("a share of nothing is %s", none[0].Share)
	}
}

func TestAParetoOfThirdsEndsWithTheWhole(t *testing.T) {
	cells := []models.Concentration{{DC: "LON", Value: decimal.New(1, 0)}, {DC: "YRK", Value: decimal.New(1, 0)}, {DC: "LDS", Value: decimal.New(1, 0)}}
	rows := models.Pareto(cells, func(c models.Concentration) (string, string) { return c.DC, "" })
	if last := rows[2].Cumulated; !last.Equal(decimal.NewFromInt(1)) {
		t.Errorf("all of it is %s", last)
	}
}
