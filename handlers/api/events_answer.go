package api

import (
	"encoding/json"
	"strconv"

	"throughline/models"
)

// appendAnswer is the answer's JSON, written by hand: a batch has hundreds of
// results that differ in two values.
func appendAnswer(b []byte, a models.IntakeAnswer) []byte {
	b = append(b, `{"results":[`...)
	for i := range a.Results {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendResult(b, &a.Results[i])
	}
	b = append(b, `],"accepted":`...)
	b = strconv.AppendInt(b, int64(a.Accepted), 10)
	b = append(b, `,"duplicate":`...)
	b = strconv.AppendInt(b, int64(a.Duplicate), 10)
	b = append(b, `,"rejected":`...)
	b = strconv.AppendInt(b, int64(a.Rejected), 10)
	b = append(b, `,"conflict":`...)
	b = strconv.AppendInt(b, int64(a.Conflict), 10)
	if a.Paused > 0 {
		b = append(b, `,"paused":`...)
		b = strconv.AppendInt(b, int64(a.Paused), 10)
	}
	return append(b, '}')
}

func appendResult(b []byte, r *models.IntakeResult) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, r.ID)
	b = append(b, `,"status":"`...)
	b = append(b, r.Status...)
	b = append(b, '"')
	if r.Seq != 0 {
		b = append(b, `,"seq":`...)
		b = strconv.AppendInt(b, r.Seq, 10)
	}
	if len(r.Errors) > 0 {
		b = append(b, `,"errors":[`...)
		for i, e := range r.Errors {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"pointer":`...)
			b = appendString(b, e.Pointer)
			b = append(b, `,"message":`...)
			b = appendString(b, e.Message)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	if r.RetryAfter > 0 {
		b = append(b, `,"retry_after":`...)
		b = strconv.AppendInt(b, int64(r.RetryAfter), 10)
	}
	return append(b, '}')
}

// appendString quotes text; what needs no escapes, as ids do, is copied.
func appendString(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(text)
			if err != nil { // a string always marshals
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}
