package handlers

import (
	"net/url"
	"testing"

	"throughline/models"
)

// FuzzTriagePlan holds that no form, whatever is in it, plans a triage of
// everything, of nothing, or of more than is changed at once.
func FuzzTriagePlan(f *testing.F) {
	f.Add("list=/exceptions/it&action=acknowledge&scope=all&query=code%3DTRF-03%26view%3Dmine")
	f.Add("list=/exceptions/planning&action=shelve&id=1&id=2&query=")
	f.Add("list=/exceptions/procurement&action=resolve&scope=all&query=%25zz&id=x")
	f.Add("list=/exceptions/it&action=assign&scope=all&query=view%3Dunowned%26sort%3D-risk%26each%3D1")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		plan, kind, err := readTriagePlan(values, "ida")
		if code := models.CodeOf(err); err != nil && code != models.CodeInvalid {
			t.Fatalf("%q: %v is %s", query, err, code)
		}
		if err != nil {
			return
		}
		if _, known := queueOf(kind.path); !known || plan.Validate() != nil || len(plan.Picked) == 0 && !plan.Filter.Narrowed() {
			t.Fatalf("%q plans %+v", query, plan)
		}
	})
}
