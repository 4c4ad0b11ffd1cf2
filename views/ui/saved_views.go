package ui

// ListTools are how a reader arranges a list; what is nil is not offered.
type ListTools struct {
	Columns *ColumnChooser
	Views   *SavedViews
	Sort    []Column // of the list, for where it has no headings
}

// SavedViews are a list's views that a reader may go to.
type SavedViews struct {
	Views []SavedView
	Save  Action // keeps the list as it stands
}

// SavedView is a list as somebody likes to see it.
type SavedView struct {
	Name    string
	Note    string // whose it is, or who sees it
	Href    string
	Current bool
	Actions []Action
}

// title is the button's: the view that stands, else that there are some.
func (s SavedViews) title() string {
	for _, v := range s.Views {
		if v.Current {
			return v.Name
		}
	}
	return "Views"
}
