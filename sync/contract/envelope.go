package contract

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of an envelope: bytes of an attribute, and how many there may be.
const (
	maxAttribute  = 256
	maxAttributes = 64
)

// Envelope is a CloudEvents 1.0 event before anything of its data is believed.
// Data is JSON text as it was sent, empty when there was none. Extensions is a
// JSON object of all attributes that have no field here, empty when there are
// none; the W3C trace context is a field and stays in Extensions too.
type Envelope struct {
	ID          string
	Source      string
	Type        string
	Subject     string
	Time        time.Time // zero when the sender left it out
	TraceParent string
	Extensions  string
	Data        string
	Raw         string // the event as it was sent, for samples of what is refused
}

// builder collects the attributes of one envelope from any of the three modes.
type builder struct {
	Envelope
	seen       []string
	extensions []byte
	version    bool
	fault      *Fault
}

func (b *builder) fail(name, message string) {
	if b.fault == nil {
		b.fault = &Fault{Pointer: "/" + name, Message: message}
	}
}

// attribute takes one context attribute; raw is its JSON text, text its value
// when that is a string.
func (b *builder) attribute(name, raw, text string, isString bool) {
	switch name {
	case "specversion":
		b.version = true
		if text != "1.0" {
			b.fail(name, "must be 1.0")
		}
		return
	case "id", "source", "type", "subject", "time", "datacontenttype":
		if !isString {
			b.fail(name, "must be a string")
			return
		}
	}
	if len(text) > maxAttribute || len(raw) > 2*maxAttribute+2 {
		b.fail(name, "is longer than "+strconv.Itoa(maxAttribute)+" bytes")
		return
	}
	if hasControl(text) {
		b.fail(name, "must not have control characters")
		return
	}
	b.assign(name, raw, text)
}

func (b *builder) assign(name, raw, text string) {
	switch name {
	case "id":
		b.ID = text
	case "source":
		b.Source = text
	case "type":
		b.Type = text
	case "subject":
		b.Subject = text
	case "time":
		t, err := parseTime(text)
		if err != nil {
			b.fail(name, "must be an RFC 3339 time")
		}
		b.Time = t
	case "datacontenttype":
		if !isJSONType(text) {
			b.fail(name, "must be application/json: only JSON data is accepted")
		}
	default:
		b.extend(name, raw, text)
	}
}

// extend keeps an attribute that the intake does not know. Names that begin
// with ours are ours: a sender cannot set them.
func (b *builder) extend(name, raw, text string) {
	switch {
	case !validAttributeName(name):
		b.fail(name, "attribute names are lower-case letters and digits")
		return
	case strings.HasPrefix(name, "throughline"):
		return
	case name == "traceparent":
		b.TraceParent = text
	}
	separator := byte(',')
	if len(b.extensions) == 0 {
		separator = '{'
	}
	b.extensions = append(b.extensions, separator, '"')
	b.extensions = append(b.extensions, name...)
	b.extensions = append(b.extensions, '"', ':')
	b.extensions = append(b.extensions, raw...)
}

// finish returns the envelope, or what is missing of it.
func (b *builder) finish() (Envelope, error) {
	switch {
	case b.fault != nil:
	case !b.version:
		b.fail("specversion", "is required and must be 1.0")
	case b.ID == "":
		b.fail("id", "is required")
	case b.Source == "":
		b.fail("source", "is required")
	case b.Type == "":
		b.fail("type", "is required")
	case b.Data == "":
		b.fail("data", "is required")
	}
	if len(b.extensions) > 0 {
		b.Extensions = string(append(b.extensions, '}'))
	}
	if b.fault != nil {
		return b.Envelope, b.fault
	}
	return b.Envelope, nil
}

func hasControl(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] == 0x7f {
			return true
		}
	}
	return false
}

func validAttributeName(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

func isJSONType(text string) bool {
	media, _, _ := strings.Cut(text, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// Structured reads one event in the CloudEvents JSON format. A *Fault with
// Syntax says that the body is not JSON at all; any other is about the event.
func Structured(body string) (Envelope, error) {
	if !utf8.ValidString(body) {
		return Envelope{}, &Fault{Message: "not valid UTF-8", Syntax: true}
	}
	s := scanner{in: body}
	envelope, err := s.envelope()
	s.end()
	if s.fault != nil {
		return envelope, s.fault
	}
	return envelope, err
}

// Batch reads an array of events in the CloudEvents JSON format and calls each
// with every one of them and what is wrong with it. Its own error says that the
// body is not JSON, not an array, or that each wanted no more.
func Batch(body string, each func(Envelope, error) error) error {
	if !utf8.ValidString(body) {
		return &Fault{Message: "not valid UTF-8", Syntax: true}
	}
	s := scanner{in: body}
	a := array{s: &s}
	for a.next() {
		s.field = strconv.Itoa(a.count - 1)
		envelope, err := s.envelope()
		if s.fault != nil {
			break
		}
		if err := each(envelope, err); err != nil {
			return err
		}
	}
	s.field = ""
	s.end()
	if s.fault != nil {
		return s.fault
	}
	return nil
}

// envelope reads one event object. Faults of its attributes are returned; only
// a text that is no JSON stops the scanner.
func (s *scanner) envelope() (Envelope, error) {
	var b builder
	s.peek()
	start := s.at
	if s.peek() != '{' {
		s.skip()
		b.Raw = s.in[start:s.at]
		return b.Envelope, &Fault{Message: "an event must be an object"}
	}
	s.at++
	for more := s.peek() != '}'; more && s.fault == nil; {
		s.member(&b)
		if more = s.peek() == ','; more {
			s.at++
		}
	}
	s.expect('}')
	if s.fault == nil {
		b.Raw = s.in[start:s.at]
	}
	return b.finish()
}

// member reads one attribute or the data of an event.
func (s *scanner) member(b *builder) {
	s.peek()
	name := s.str()
	if !s.expect(':') {
		return
	}
	kind := s.peek()
	start := s.at
	text := ""
	if kind == '"' {
		text = s.str()
	} else {
		s.skip()
	}
	if s.fault != nil {
		return
	}
	raw := s.in[start:s.at]
	if !b.first(name) {
		b.fail(name, "comes twice")
		return
	}
	switch {
	case name == "data":
		b.Data = raw
	case name == "data_base64":
		b.fail(name, "is not accepted: send JSON in data")
	case kind == 'n': // null is an attribute that is not there
	case kind == '{' || kind == '[':
		b.fail(name, "must be a string, a number or a boolean")
	default:
		b.attribute(name, raw, text, kind == '"')
	}
}

// first says whether name has not come before.
func (b *builder) first(name string) bool {
	if b.seen == nil {
		b.seen = make([]string, 0, 12)
	}
	if slices.Contains(b.seen, name) {
		return false
	}
	if len(b.seen) == maxAttributes {
		b.fail(name, "more attributes than "+strconv.Itoa(maxAttributes))
		return true
	}
	b.seen = append(b.seen, name)
	return true
}
