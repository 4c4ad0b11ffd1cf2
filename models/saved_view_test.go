package models_test

import (
	"net/url"
	"strings"
	"testing"

	"throughline/models"
)

func FuzzSavedViewKeepsWhatItShows(f *testing.F) {
	for _, seed := range []string{"dc=LEE&sort=-value&hide=dc", "after=1&open=2", "", "%zz", "a=%00", strings.Repeat("a=b&", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		view, err := models.SavedView{List: "/approvals"}.Showing(query)
		if err != nil {
			if models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		again, err := view.Showing(view.Query)
		if err != nil || again != view {
			t.Errorf("%q: %+v became %+v, %v", query, view, again, err)
		}
		if values, err := url.ParseQuery(view.Query); err != nil || values.Has("open") || values.Has("after") {
			t.Errorf("%q: kept as %q, %v", query, view.Query, err)
		}
	})
}
