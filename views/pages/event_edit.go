package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// EventEdit is the form on which one event's payload is edited.
type EventEdit struct {
	Page     layout.Page
	Event    string // its sequence
	Base     string // how many edits the reader saw
	Payload  string
	Reason   string
	Kept     string     // which fields only the owner may say, and what to do about them
	Original string     // the payload that the difference is made to
	Problem  *ui.Notice // why it was not done
	Outcome  *ui.Notice // what a check found
	Faults   *ui.Table  // of the contract
	Changes  *ui.Table  // the difference, once checked
}
