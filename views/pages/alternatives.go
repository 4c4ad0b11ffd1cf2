package pages

import "throughline/views/ui"

// GapPanel is one confirmation gap in full.
type GapPanel struct {
	Panel        ui.Panel
	Facts        []ui.KeyValue
	Parts        []ui.KeyValue // what comes when; empty unless it comes on several days
	Alternatives []Alternative
}

// Alternative is one way to fill a gap, with what there is of it.
type Alternative struct {
	Kind  string
	None  string // in place of the links where there are none
	Links []AlternativeLink
}

// AlternativeLink leads to something that could fill a gap.
type AlternativeLink struct{ Href, Title, Note string }
