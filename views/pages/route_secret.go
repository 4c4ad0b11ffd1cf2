package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// RouteSecret is the form on which a route's signing secret is replaced.
type RouteSecret struct {
	Page        layout.Page
	Route       string
	Action      string
	Fingerprint string // of the secret that the reader is about to replace
	Facts       []ui.Fact
	Secret      string // the new one, on the one page that shows it
	Refused     *ui.Notice
}
