package store

import "throughline/models"

// orderBy is the order that a reader asked for by a list's columns, else its own.
// A list that is read by number takes what is NULL at its end; total is what
// makes the order of equal rows certain.
func orderBy(s models.Sorting, columns map[string]string, own, total string) string {
	expr, known := columns[s.Key]
	switch {
	case !known:
		return own + ", " + total
	case s.Descending:
		return expr + " DESC NULLS LAST, " + total
	default:
		return expr + " NULLS LAST, " + total
	}
}
