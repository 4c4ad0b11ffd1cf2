package handlers

import (
	"net/url"
	"testing"
	"time"

	"throughline/models"
)

// FuzzBulkPlan holds that no form, whatever is in it, makes a plan over an
// empty filter, and that a filter survives its way through the address.
func FuzzBulkPlan(f *testing.F) {
	f.Add("scope=all&action=retry&canary=5&rate=10&stop=10&reason=r&code=TRF-01&age=week")
	f.Add("scope=picked&id=1&id=2&action=discard&canary=1&rate=1&stop=1&reason=r")
	f.Add("scope=all&action=edit&patch=[]&canary=-1&rate=99999999999&stop=101&reason=+&state=everything&age=never")
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		plan, err := readBulkPlan(values, now, "ida")
		if err == nil && (plan.Filter.Empty() || plan.Validate() != nil || len(plan.Filter.Picked) > bulkOnPage) {
			t.Fatalf("%q makes %+v", query, plan)
		}
		if code := models.CodeOf(err); err != nil && code != models.CodeInvalid {
			t.Fatalf("%q: %v is %s", query, err, code)
		}
		filter := readParkedFilter(values)
		if again := readParkedFilter(filter.values()); again != filter {
			t.Fatalf("%+v became %+v", filter, again)
		}
	})
}
