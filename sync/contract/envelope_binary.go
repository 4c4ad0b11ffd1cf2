package contract

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// headerPrefix of the attributes in binary mode, canonical as in http.Header.
const headerPrefix = "Ce-"

// IsBinary says whether a request's headers hold an event in binary mode.
func IsBinary(header map[string][]string) bool {
	_, ok := header[headerPrefix+"Specversion"]
	return ok
}

// Binary reads one event in binary mode: attributes in headers, data in the body.
func Binary(header map[string][]string, body string) (Envelope, error) {
	if !utf8.ValidString(body) {
		return Envelope{}, &Fault{Message: "not valid UTF-8", Syntax: true}
	}
	b := builder{}
	b.Raw = body
	for _, canonical := range attributeHeaders(header) {
		name := strings.ToLower(canonical[len(headerPrefix):])
		values := header[canonical]
		text, err := url.PathUnescape(values[0])
		switch {
		case len(values) > 1:
			b.fail(name, "comes twice")
			continue
		case err != nil || !utf8.ValidString(text):
			b.fail(name, "must be percent-encoded UTF-8")
			continue
		case name == "datacontenttype":
			b.fail(name, "is the header Content-Type in binary mode")
			continue
		}
		raw, err := json.Marshal(text)
		if err != nil {
			b.fail(name, "must be text")
			continue
		}
		b.attribute(name, string(raw), text, true)
	}
	s := scanner{in: body}
	if s.peek() != 0 {
		s.skip()
		if s.end(); s.fault != nil {
			return b.Envelope, s.fault
		}
		b.Data = strings.TrimSpace(body)
	}
	return b.finish()
}

// attributeHeaders is sorted, so that the same event always reads the same.
func attributeHeaders(header map[string][]string) []string {
	names := make([]string, 0, 8)
	for name, values := range header {
		if strings.HasPrefix(name, headerPrefix) && len(values) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
