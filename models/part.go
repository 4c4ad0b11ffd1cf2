package models

// Part is a part of a list that is read by number: Limit rows from Offset on.
type Part struct{ Offset, Limit int }
