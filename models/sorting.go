package models

// Sorting is the column by which a reader wants a list. The zero value is the
// list's own order, and so is a column that the list does not know.
type Sorting struct {
	Key        string
	Descending bool
}

// longestSortKey bounds what an address may carry on to every link of a page.
const longestSortKey = 32

// ParseSorting reads what String writes: "value" or, descending, "-value".
// Anything else is the list's own order.
func ParseSorting(text string) Sorting {
	var s Sorting
	if len(text) > 0 && text[0] == '-' {
		s.Descending, text = true, text[1:]
	}
	if len(text) == 0 || len(text) > longestSortKey {
		return Sorting{}
	}
	for _, letter := range []byte(text) {
		if letter != '_' && (letter < 'a' || letter > 'z') {
			return Sorting{}
		}
	}
	s.Key = text
	return s
}

func (s Sorting) String() string {
	if s.Descending {
		return "-" + s.Key
	}
	return s.Key
}
