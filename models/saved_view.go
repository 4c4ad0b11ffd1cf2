package models

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	longestViewName  = 60   // letters
	longestViewQuery = 2000 // letters
)

// SavedView is a list as somebody likes to see it: filter, order and columns
// under a name.
type SavedView struct {
	ID    int64
	List  string // the path of the list's page
	Name  string
	Query string // of its address
	Owner string
	Role  Role // whose accounts see it besides its owner; empty for nobody's
}

// Address is where the view stands.
func (v SavedView) Address() string {
	if v.Query == "" {
		return v.List
	}
	return v.List + "?" + v.Query
}

// Named is the view under a name that is fit to be stored.
func (v SavedView) Named(name string) (SavedView, error) {
	if len(v.Query) > longestViewQuery {
		return v, Errorf(CodeInvalid, "This filter is too long to be saved.")
	}
	v.Name = strings.Join(strings.Fields(name), " ")
	if v.Name == "" || utf8.RuneCountInString(v.Name) > longestViewName || !isText(v.Name) {
		return v, Errorf(CodeInvalid, "Give the view a name of up to %d letters.", longestViewName)
	}
	return v, nil
}

// Showing is the view with what a query says of rows and columns; which page of
// them and which row are open belongs to no view.
func (v SavedView) Showing(query string) (SavedView, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return v, Wrap(CodeInvalid, err, "The address of the list could not be read: load the page again.")
	}
	for _, place := range []string{"after", "page", "runs", "cleared", "open", "run", "follow"} {
		values.Del(place)
	}
	for name, held := range values {
		if !isText(name) || slices.ContainsFunc(held, func(value string) bool { return !isText(value) }) {
			return v, Errorf(CodeInvalid, "The address of the list holds what is no text: load the page again.")
		}
	}
	v.Query = values.Encode()
	return v, nil
}

// isText reports whether Postgres and an address can hold it.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
