package ui

// PickBar stands under a selectable list while rows of it are ticked, and sends
// them, or all that match, to the page that asks what exactly is to be done.
type PickBar struct {
	Form   string // its id, which the table names as its PickForm
	Action string
	Fields []Field
	OnPage string // "of 50 on this page"
	// All offers what matches beyond the page: "all 412 that match".
	All string
	// NoAll says why All is not offered.
	NoAll   string
	Buttons []PickButton
}

// PickButton is one thing that is done with the rows; Value is sent as "action".
type PickButton struct{ Label, Value, Key string }
