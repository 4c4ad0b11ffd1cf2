package handlers

import (
	"throughline/models"
	"throughline/views/ui"
)

// freshAge is how old an entity's newest row is, and until when what was
// computed of it passes for current.
func freshAge(f models.EntityFreshness) ui.Age {
	age := ui.Age{At: f.NewestAt}
	if f.Window > 0 {
		age.Window = f.Calendar.DueAfter(f.NewestAt, f.Window).Sub(f.NewestAt)
	}
	return age
}

// stockAge is the age of a DC's stock as its owner tells it; a DC whose owner
// has told nothing has none.
func stockAge(fresh []models.EntityFreshness, dc string) ui.Age {
	for _, f := range fresh {
		if f.DC == dc && f.Entity == "inventory" && f.Owner {
			return freshAge(f)
		}
	}
	return ui.Age{}
}
