package models

import "io"

// FileRequest is a table of facts of one type, before anything of it is believed.
type FileRequest struct {
	Authorization string
	Type          EventType
	Name          string // of the file at its source, kept with each row; may be empty
	Encoding      string // of Body: empty or gzip
	Body          io.Reader
	Alive         func() // called after each step, since a file may take minutes; nil for nothing
}

// FileAnswer is what became of the rows of a file, all of them unless an error
// came with it.
type FileAnswer struct {
	Rows      int64         `json:"rows"`
	Accepted  int64         `json:"accepted"`
	Duplicate int64         `json:"duplicate" doc:"Taken in before, by this file or another."`
	Conflict  int64         `json:"conflict" doc:"Kept aside: the id was used for another content."`
	Rejected  int64         `json:"rejected" doc:"Not stored: mend them and send the file again."`
	Faults    []RejectedRow `json:"faults,omitempty" doc:"The first of the rejected rows."`
}

// RejectedRow is a row that was not stored. Line is that of its beginning, the
// header being line 1.
type RejectedRow struct {
	Line   int         `json:"line"`
	Errors []Violation `json:"errors"`
}
