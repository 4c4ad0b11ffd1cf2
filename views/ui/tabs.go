package ui

// Tab is one view of the same rows, with its count.
type Tab struct {
	Title   string
	Count   string
	Href    string
	Current bool
}

// FilterBar narrows a list: a GET form, so that the address holds it.
type FilterBar struct {
	Action string
	Fields []FilterField
	// Keep are parameters of the address that are not fields here.
	Keep []Field
	// Result says what is left: "41 of 8,412".
	Result string
	// ClearHref takes all filters away; empty while there are none.
	ClearHref string
	// Tools stand beside it and arrange the list.
	Tools *ListTools
}

// FilterField is one choice or, without options, a text to search for.
type FilterField struct {
	Name    string
	Label   string
	Value   string
	Options []Option
	Kind    string // of a text: "search" unless another type of input fits better
}

func (f FilterField) kind() string {
	if f.Kind == "" {
		return "search"
	}
	return f.Kind
}

// Option is one choice. The first one with an empty value means all.
type Option struct{ Value, Label string }
