package ui

import (
	"strconv"

	"github.com/a-h/templ"

	"throughline/models"
)

// Action is a button that changes something: a form POST, sent by htmx where
// the script runs. The answer to htmx is either fragments that replace
// regions by their id (and a toast), or a redirect.
type Action struct {
	Label  string
	URL    string
	Fields []Field
	Tone   Tone
	// Key is the one letter that presses the button, such as "a".
	Key string
	// Confirm asks before it sends.
	Confirm *Confirm
	// Disabled is the reason why it cannot be pressed now.
	Disabled string
	// Of is what it acts on, read out after the label to those who cannot see
	// the row: "REC-20841".
	Of string
}

// Field is a hidden value of a form.
type Field struct{ Name, Value string }

// Tone is how much a button asks to be pressed.
type Tone string

// The tones. A page has one main action at most.
const (
	Plain  Tone = ""
	Main   Tone = "main"
	Danger Tone = "danger"
	Quiet  Tone = "quiet"
)

func (t Tone) class() string {
	if t == Plain {
		return "btn"
	}
	return "btn btn-" + string(t)
}

// Confirm is what a dialog says before an action is sent.
type Confirm struct {
	// ID is unique on the page.
	ID    string
	Title string // "Discard 41 parked events?"
	Body  string // what happens, and until when it can be undone
	// Facts are counted before the question is asked.
	Facts []Fact
	// Reason asks for one in a field of that label, sent as "reason".
	Reason string
	// Reasons offers a choice instead of free text.
	Reasons []string
	// Inputs are values that the reader may change before it is sent.
	Inputs []Input
	Label  string // on the button that goes ahead
}

// Input is one such value.
type Input struct {
	Name, Label, Value string
	Hint               string // what will be accepted
	Number             bool
	Optional           bool     // may be left empty
	Options            []Option // one of these, instead of free text
}

// Fact is one counted line of a question.
type Fact struct{ Key, Value string }

// Toast tells about something just done, with a way back where there is one.
type Toast struct {
	ID     string
	Text   string
	Failed bool
	Undo   *Action
}

// Fault is one way of breaking the demo distributor.
type Fault struct {
	Action Action
	Effect string // what will be seen, and where
	Ends   string // what ends it
	Rate   string // how often it comes by itself
	// Running says until when it lasts, while it does.
	Running string
}

// Menu is a list of actions behind one button.
type Menu struct {
	Label string
	Items []templ.Component
}

func toastClass(t Toast) string {
	if t.Failed {
		return "toast toast-error"
	}
	return "toast"
}

// lasts is how many seconds a toast stays; one that can be undone, as long as that.
func (t Toast) lasts() string {
	switch {
	case t.Undo != nil:
		return strconv.FormatFloat(models.UndoWindow.Seconds(), 'f', -1, 64)
	case t.Failed:
		return "20"
	default:
		return "6"
	}
}
