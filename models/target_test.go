package models_test

import (
	"testing"

	"throughline/models"
)

func TestTheMostSpecificTargetWins(t *testing.T) {
	all := models.Targets{{Name: "all"}, {Name: "both", Entity: "inventory", DC: "LON"}, {Name: "dc", DC: "LON"}, {Name: "entity", Entity: "inventory"}}
	for _, tt := range []struct{ entity, dc, want string }{
		{"inventory", "LON", "both"}, {"receipt", "LON", "dc"}, {"inventory", "MAN", "entity"}, {"receipt", "MAN", "all"}, {"inventory", "", "entity"},
	} {
		if got, _ := all.For(tt.entity, tt.dc); got.Name != tt.want {
			t.Errorf("%s at %q has %q, want %q", tt.entity, tt.dc, got.Name, tt.want)
		}
	}
	if got, found := all[1:2].For("inventory", "MAN"); found {
		t.Errorf("another DC has %q", got.Name)
	}
}
